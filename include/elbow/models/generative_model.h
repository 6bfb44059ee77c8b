#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "elbow/models/trace.h"

namespace elbow {

/// p(x, z): scores latents that a guide proposed, and draws from the prior down.
class GenerativeModel : public torch::nn::Module {
 public:
  /// log p of the data and of the guide's latents. @param x [B, event...] @return sites "z" and
  /// "x", log_prob [K, B]
  virtual Trace score(const Tensor& x, const Trace& guide_trace) = 0;
  /// n independent draws (z, x): values [n, event...].
  virtual Trace sample(std::int64_t n, RandomSource& source) = 0;
  /// p(x | z), from z [..., L].
  virtual DistributionPtr decode(const Tensor& z) = 0;
  /// p(z): batch shape [], event shape [L].
  virtual DistributionPtr prior() = 0;
  virtual std::int64_t latent_size() const = 0;
  /// Whether observations are decoded from latents; false for densities and targets.
  virtual bool has_decoder() const { return true; }
};
using GenerativeModelPtr = std::shared_ptr<GenerativeModel>;

}  // namespace elbow
