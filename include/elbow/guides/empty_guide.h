#pragma once

#include "elbow/guides/guide.h"

namespace elbow {

/// The guide of a model without latents: it proposes nothing.
class EmptyGuide : public Guide {
 public:
  Trace propose(const Tensor&, std::int64_t, RandomSource&) override { return {}; }
  Trace draw(const Tensor&, std::int64_t, RandomSource&) override { return {}; }
  Trace score(const Tensor&, const Tensor&) override { return {}; }
  Trace score_sites(const Tensor&, const Trace&) override { return {}; }
  /// @throws std::logic_error
  DistributionPtr posterior(const Tensor& x) override;
};

}  // namespace elbow
