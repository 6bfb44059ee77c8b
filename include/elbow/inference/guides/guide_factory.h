#pragma once

#include <vector>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/inference/guides/guide.h"

namespace elbow {

/// Guides are made from what a model says of its latents, and know nothing else of it: joint (one
/// posterior over all of them). The data have no event shape where there are none.
Factory<GuidePtr, const std::vector<SiteSpec>&, const DataContext&>& guide_factory();

}  // namespace elbow
