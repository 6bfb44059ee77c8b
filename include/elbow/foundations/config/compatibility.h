#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/config/schema.h"

namespace elbow {

/// What a component goes with, as lines of a label and words: of an objective its estimators and
/// whether it is a lower bound, of an estimator its latents and objectives; empty for others.
std::vector<std::pair<std::string, std::string>> compatibility(const ComponentInfo& info,
                                                               const Schema& schema);

}  // namespace elbow
