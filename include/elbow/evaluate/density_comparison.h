#pragma once

#include <optional>
#include <string>

#include "elbow/inference/experiment.h"
#include "elbow/observe/png.h"

namespace elbow {

struct DensityComparison {
  std::string name;  ///< of the picture: target-and-fit, or data-and-model
  Picture picture;   ///< the truth on the left, what was learned on the right
};

/// What was fitted beside what it was fitted to, for a target or for data on the plane; nothing for
/// other sizes. A density that can be scored anywhere is drawn by its formula, others as a
/// histogram. Both sides have one scale of colours, and the window holds nearly all of both.
/// Modules in eval mode. The draws are keyed by the seed.
std::optional<DensityComparison> density_comparison(const Modules& modules,
                                                    const Dataset& dataset,
                                                    std::uint64_t seed);

}  // namespace elbow
