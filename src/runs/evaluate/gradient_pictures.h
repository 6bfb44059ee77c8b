#pragma once

#include <vector>

#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/evaluate/reconstructor.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/train/run_recorder.h"

namespace elbow {

struct PictureOptions {
  std::uint64_t seed = 1;
  std::int64_t image_count = 0;
};

/// Of examples that are images: reconstructions, where there is a reconstructor, and samples; of
/// examples on the plane and of targets, what was fitted beside what it was fitted to.
std::vector<NamedPicture> gradient_pictures(const Modules& modules,
                                            Sampler& sampler,
                                            Reconstructor* reconstructor,
                                            const Dataset& dataset,
                                            const PictureOptions& options);

}  // namespace elbow
