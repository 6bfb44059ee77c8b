#pragma once

#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// Counts of D classes given their total: a network gives the logits of the classes. A draw has the
/// mean total of the training data, or the library size that it is given.
/// Liang, Krishnan, Hoffman, Jebara, "Variational autoencoders for collaborative filtering", 2018,
/// arXiv:1802.05814, section 2.1.
class MultinomialLikelihood : public ConditionalDistribution {
 public:
  static ComponentInfo info();
  MultinomialLikelihood(const ConfigNode& node, const BuildContext& context);
  DistributionPtr forward(const Tensor& context) override;
  DistributionPtr forward_sized(const Tensor& context, const Tensor& log_size) override;

 private:
  std::int64_t event_dims_ = 1;
  NetworkPtr network_;
  Tensor total_;  ///< 0-dim buffer
};

}  // namespace elbow
