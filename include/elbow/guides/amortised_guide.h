#pragma once

#include "elbow/conditional/conditional_distribution.h"
#include "elbow/guides/guide.h"

namespace elbow {

/// K draws of q as the site "z", differentiable: by strata where no single draw is, and without a
/// gradient where q is discrete.
Trace propose_from(const DistributionPtr& q, std::int64_t num_particles, RandomSource& source);

/// A guide whose parameters an encoder computes from x: q(z | x) = posterior(encoder(x)).
/// Kingma, Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114, section 2.1.
class AmortisedGuide : public Guide {
 public:
  explicit AmortisedGuide(ConditionalDistributionPtr posterior);
  Trace propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) override;
  Trace draw(const Tensor& x, std::int64_t num_particles, RandomSource& source) override;
  Trace score(const Tensor& x, const Tensor& z) override;
  DistributionPtr posterior(const Tensor& x) override { return posterior_->forward(x); }
  ConditionalDistribution& conditional() { return *posterior_; }
  Posterior* posterior_module() override;

 private:
  ConditionalDistributionPtr posterior_;
};

}  // namespace elbow
