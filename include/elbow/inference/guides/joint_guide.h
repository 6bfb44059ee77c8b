#pragma once

#include <vector>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/inference/guides/guide.h"

namespace elbow {

/// The row of a guide that is one posterior over a model's latents: an encoder's where each example
/// has its own, learned numbers where all examples share them or there are no data, nothing where
/// there are no latents.
ComponentInfo joint_guide_info();
/// @throws ConfigError where latents ask for a start that the family cannot be centred at
GuidePtr make_joint_guide(const ConfigNode& node,
                          const std::vector<SiteSpec>& sites,
                          const DataContext& data);

}  // namespace elbow
