#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "elbow/models/trace.h"

namespace elbow {

/// q(z | x): proposes latents, and scores given ones.
class Guide : public torch::nn::Module {
 public:
  /// K reparameterised draws per example. @param x [B, event...] @return site "z" [K, B, L]
  virtual Trace propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) = 0;
  /// log q of given latents (sleep phase, forward KL). @param z [K, B, L]
  virtual Trace score(const Tensor& x, const Tensor& z) = 0;
  /// q(z | x) itself: batch shape [B], event shape [L].
  virtual DistributionPtr posterior(const Tensor& x) = 0;
};
using GuidePtr = std::shared_ptr<Guide>;

}  // namespace elbow
