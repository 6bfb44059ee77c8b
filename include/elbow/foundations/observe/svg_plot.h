#pragma once

#include <string>
#include <utility>
#include <vector>

namespace elbow {

struct Series {
  enum class Mark {
    line,  ///< x ascending; non-finite y leaves a gap
    dots,  ///< in any order
    bars,  ///< upright lines: each two points are the ends of one
    broad_bars
  };
  std::string label;
  std::vector<std::pair<double, double>> points;
  Mark mark = Mark::line;
};

struct Plot {
  std::string title, x_label, y_label;
  std::vector<Series> series;
  std::vector<double> marks;  ///< x of vertical lines, e.g. resumes
  int width = 720, height = 360;
  std::string marks_label = "resumed";
  /// The y axis shows the values after the first twentieth of the x range (and says so) when those
  /// before it would squeeze the rest into less than a third of the height: the first steps of a
  /// training curve.
  bool focus = false;
};

/// A curve as inline SVG: axes with nice ticks and units, legend, at most 2,000 points a series
/// (min and max per column), gaps at non-finite values (a cross on the x axis marks them), colours
/// that read on light and dark. Every text is escaped. Deterministic.
std::string render_svg(const Plot& plot);
/// The same as a file of its own: dark on a white card whatever the page's theme, for a README.
std::string render_svg_file(const Plot& plot);
/// For HTML and XML, text and quoted attributes: & < > " ' are escaped, what is not UTF-8 or no XML
/// character becomes U+FFFD.
std::string escape_html(const std::string& text);

}  // namespace elbow
