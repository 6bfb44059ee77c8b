#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/observe/svg_plot.h"

/// What a curve needs before it is drawn: ranges, ticks, fewer points.
namespace elbow::plot {

struct Range {
  double low = 0, high = 1;
  bool contains(double v) const { return v >= low && v <= high; }
};

/// Ticks at 1, 2 or 5 times a power of ten, with their labels.
struct Ticks {
  std::vector<double> values;
  std::vector<std::string> labels;
};

/// @param wanted   about how many ticks
/// @param integral steps are whole numbers
Ticks nice_ticks(Range range, int wanted, bool integral);

/// Finite points of every series; [0, 1] when there are none.
Range x_range(const Plot& plot);
/// The range to show, padded; `is_clipped` tells that Plot::focus left points outside.
Range y_range(const Plot& plot, bool* is_clipped);

using Points = std::vector<std::pair<double, double>>;
/// Pieces of the line between gaps. Above 2,000 points each of `columns` columns keeps its lowest
/// and highest point.
std::vector<Points> line_pieces(const Series& series, Range x, int columns);

}  // namespace elbow::plot
