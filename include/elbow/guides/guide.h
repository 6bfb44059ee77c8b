#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "elbow/models/trace.h"

namespace elbow {

class Posterior;

/// q(z | x): proposes latents, and scores given ones.
class Guide : public torch::nn::Module {
 public:
  /// K reparameterised draws per example; without a gradient where the family is discrete.
  /// @param x [B, event...] @return site "z" [K, B, L]
  virtual Trace propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) = 0;
  /// K independent draws per example, no gradient through them: a site's density still has one in
  /// the guide's parameters. Here: the proposal, cut, for guides with one site; others override.
  /// @throws std::logic_error when the guide has no draws of one kind
  virtual Trace draw(const Tensor& x, std::int64_t num_particles, RandomSource& source);
  /// log q of given latents (sleep phase, forward KL). @param z [K, B, L]
  virtual Trace score(const Tensor& x, const Tensor& z) = 0;
  /// log q of given values of every site, for guides with several: a site's distribution is the one
  /// given the others' values. Here: score of the only site.
  virtual Trace score_sites(const Tensor& x, const Trace& values);
  /// q(z | x) itself: batch shape [B], event shape [L].
  virtual DistributionPtr posterior(const Tensor& x) = 0;
  /// Whether its latents are of all examples together (Scope::global).
  virtual bool is_shared() const { return false; }
  /// q(z | x) as family, flows and the network that they take their numbers from; null where it is
  /// made of something else.
  virtual Posterior* posterior_module() { return nullptr; }
};
using GuidePtr = std::shared_ptr<Guide>;

}  // namespace elbow
