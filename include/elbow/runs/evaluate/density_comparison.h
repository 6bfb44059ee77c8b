#pragma once

#include <optional>
#include <string>

#include "elbow/foundations/observe/png.h"
#include "elbow/inference/methods/experiment.h"

namespace elbow {

struct DensityComparison {
  std::string name;  ///< of the picture: target-and-fit, or data-and-model
  Picture picture;   ///< the truth on the left, what was learned on the right
};

/// What was fitted beside what it was fitted to, for a target or for data on the plane; nothing for
/// other sizes. Data are a histogram of the training rows; a fit is drawn by its formula when it
/// can be scored anywhere, else as a histogram of its draws. Both sides have one scale of colours.
/// The window holds nearly all of the data, or of the target and of a fit that is not far wider.
/// Modules in eval mode. The draws are keyed by the seed.
std::optional<DensityComparison> density_comparison(const Modules& modules,
                                                    const Dataset& dataset,
                                                    std::uint64_t seed);

}  // namespace elbow
