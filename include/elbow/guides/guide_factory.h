#pragma once

#include <vector>

#include "elbow/core/factory.h"
#include "elbow/dataset/build_context.h"
#include "elbow/guides/guide.h"

namespace elbow {

/// Guides are made from what a model says of its latents, and know nothing else of it: joint (one
/// posterior over all of them). The data have no event shape where there are none.
Factory<GuidePtr, const std::vector<SiteSpec>&, const DataContext&>& guide_factory();

}  // namespace elbow
