#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "elbow/models/trace.h"

namespace elbow {

class Decoder;
class SupervisedModel;
class Target;

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

  /// What only some models are; null for all others.
  /// Examples decoded from one vector with a prior.
  virtual Decoder* decoder() { return nullptr; }
  /// A response given the other columns.
  virtual SupervisedModel* response_model() { return nullptr; }
  /// p(x) itself, of examples as vectors [D], where there are no latents; a pointer that is null
  /// elsewhere.
  virtual DistributionPtr density() { return nullptr; }
  /// A named density without data.
  virtual const Target* target() const { return nullptr; }
};
using GenerativeModelPtr = std::shared_ptr<GenerativeModel>;

}  // namespace elbow
