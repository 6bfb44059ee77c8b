#pragma once

#include "elbow/conditional/conditional_distribution.h"
#include "elbow/nn/network.h"

namespace elbow {

/// q(z | x) = N(loc(x), diag(scale(x)^2)): one network with two outputs for each latent. Kingma,
/// Welling, 2013, arXiv:1312.6114, appendix C.2.
///
/// The log scale is clamped to [min_log_scale, max_log_scale]: outside, its gradient is zero.
class DiagNormalPosterior : public ConditionalDistribution {
 public:
  static ComponentInfo info();
  DiagNormalPosterior(const ConfigNode& node, const ConditionalShapes& shapes);
  DistributionPtr forward(const Tensor& context) override;

 private:
  std::int64_t event_dims_;
  double min_log_scale_, max_log_scale_;
  NetworkPtr network_;
};

}  // namespace elbow
