#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// The exact expectation over all values of a discrete guide: particles are the whole support, and
/// weigh what q says. No noise; as many scores as there are values.
class Enumerate : public GradientEstimator {
 public:
  explicit Enumerate(std::int64_t max_values) : max_values_(max_values) {}
  static ComponentInfo info();
  static GradientEstimatorPtr create(const ConfigNode& node, const DataContext& data);
  /// @throws UsageError when the support has more than `max_values`
  Surrogate estimate(const Objective& objective, Proposals& proposals) override;

 private:
  std::int64_t max_values_;
};

}  // namespace elbow
