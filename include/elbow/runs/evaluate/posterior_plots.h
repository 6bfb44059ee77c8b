#pragma once

#include <string>
#include <vector>

#include "elbow/runs/evaluate/posterior_draws.h"

namespace elbow {

/// Draws of one run under a label.
struct LabelledDraws {
  std::string label;
  LatentDraws draws;
};

/// One quantity's histograms of all runs over each other, as an SVG file.
std::string marginals_svg(const std::string& quantity, const std::vector<LabelledDraws>& runs);

/// Draws of each pair of a few quantities, the runs in their colours, as an SVG file.
/// @param quantities at least two
std::string pairs_svg(const std::vector<std::string>& quantities,
                      const std::vector<LabelledDraws>& runs);

/// Where a quantity stands in some draws; -1: nowhere.
std::int64_t find_quantity(const LatentDraws& draws, const std::string& name);

}  // namespace elbow
