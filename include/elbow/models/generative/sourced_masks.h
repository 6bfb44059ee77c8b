#pragma once

#include "elbow/neural/nn/dropout.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Dropout masks of a WeightNetwork from a source of random numbers, so that a keyed source names
/// the draw and the example that a mask belongs to. Layer by layer.
class SourcedMasks : public MaskScope {
 public:
  /// Keeps a reference. @param num_draws K of the networks, which run on [K G, B, in]
  SourcedMasks(RandomSource& source, std::int64_t num_draws)
      : source_(source), num_draws_(num_draws) {}
  Tensor mask(const Tensor& values, double rate) override;

 private:
  RandomSource& source_;
  std::int64_t num_draws_;
};

}  // namespace elbow
