#pragma once

#include "elbow/neural/conditional/family.h"

namespace elbow {

/// Categorical variables of C classes each, as one-hot vectors side by side: a latent size of L C
/// holds L of them.
class OneHotFamily : public Family {
 public:
  static ComponentInfo info();
  /// @throws ConfigError when the latent size is no multiple of the number of classes
  OneHotFamily(const ConfigNode& node, const BuildContext& context);
  std::int64_t num_parameters() const override { return num_variables_ * num_classes_; }
  Layout layout() const override { return {{"logits", {num_variables_, num_classes_}}}; }
  DistributionPtr distribution(const Tensor& flat) const override;

 private:
  std::int64_t num_classes_, num_variables_;
};

}  // namespace elbow
