#pragma once

#include <string>

#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// Real elements with normal noise: the mean by a network from the latent, the scale a constant or
/// learned numbers that do not depend on the latent.
class NormalLikelihood : public ConditionalDistribution {
 public:
  static ComponentInfo info();
  NormalLikelihood(const ConfigNode& node, const BuildContext& context);
  DistributionPtr forward(const Tensor& context) override;

 private:
  std::int64_t event_dims_;
  bool is_learned_;
  double min_log_scale_;
  NetworkPtr network_;
  Tensor log_scale_;  // [] or [event...]
};

}  // namespace elbow
