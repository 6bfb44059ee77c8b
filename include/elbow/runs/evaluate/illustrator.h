#pragma once

#include <cstdint>
#include <vector>

#include "elbow/data/dataset/dataset.h"
#include "elbow/runs/train/run_recorder.h"

namespace elbow {

/// Shows what was learned.
class Illustrator {
 public:
  virtual ~Illustrator() = default;
  /// Equal inputs give equal bytes. @param image_count examples on a picture of several
  virtual std::vector<NamedPicture> pictures(const Dataset& dataset,
                                             std::uint64_t seed,
                                             std::int64_t image_count) = 0;
};

}  // namespace elbow
