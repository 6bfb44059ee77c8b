#pragma once

#include <optional>

#include "elbow/foundations/observe/png.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// Points over the density of a target on the plane; nothing for other sizes, and where it is not
/// known where the target lies. The window is the target's, so that pictures of a run's steps are
/// frames of one film. @param points [N, D]
std::optional<Picture> particle_picture(const Target& target,
                                        const Tensor& points,
                                        std::uint64_t seed);

}  // namespace elbow
