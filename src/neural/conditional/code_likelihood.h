#pragma once

#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// Elements that are codes of classes, 0 to num_classes - 1: `categorical`, whose network gives a
/// logit for each class, and `ordinal`, whose network gives one location on an axis that learned
/// cut points divide.
class CodeLikelihood : public ConditionalDistribution {
 public:
  enum class Family { categorical, ordinal };
  static ComponentInfo info(Family family);
  CodeLikelihood(Family family, const ConfigNode& node, const BuildContext& context);
  DistributionPtr forward(const Tensor& context) override;

 private:
  Family family_;
  std::int64_t event_dims_, num_classes_;
  double min_log_gap_ = 0;
  NetworkPtr network_;
  Tensor first_cut_;  ///< [] or [event...], of `ordinal`
  Tensor log_gaps_;   ///< [C - 2] or [event..., C - 2]
};

}  // namespace elbow
