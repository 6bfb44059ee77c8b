#pragma once

#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// Independent elements by their logits, which a network computes from the latent: `bernoulli`,
/// `continuous_bernoulli`.
class LogitLikelihood : public ConditionalDistribution {
 public:
  enum class Family { bernoulli, continuous_bernoulli };
  static ComponentInfo info(Family family);
  LogitLikelihood(Family family, const ConfigNode& node, const BuildContext& context);
  DistributionPtr forward(const Tensor& context) override;

 private:
  Family family_;
  std::int64_t event_dims_;
  NetworkPtr network_;
};

}  // namespace elbow
