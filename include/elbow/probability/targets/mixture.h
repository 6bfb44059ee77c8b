#pragma once

#include "elbow/foundations/core/gaussian_mixture.h"
#include "elbow/probability/distributions/constant.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// A mixture of spherical Gaussians, normalised: the density that shows which modes a guide drops.
///
/// Bishop, "Pattern Recognition and Machine Learning", 2006, section 2.3.9; section 10.1.2 for what
/// KL(q || p) makes of separate modes.
class MixtureTarget : public Target {
 public:
  explicit MixtureTarget(GaussianMixture mixture);
  static ComponentInfo info();
  /// @throws ConfigError when the lists do not fit each other
  static TargetPtr create(const ConfigNode& config);

  std::string name() const override { return "mixture"; }
  std::int64_t size() const override { return mixture_.size; }
  std::optional<double> log_normaliser() const override { return 0.0; }
  std::optional<Moments> moments() const override;
  bool has_sample() const override { return true; }

 protected:
  Tensor log_density_of(const Tensor& z) const override;
  Tensor draw(std::int64_t n, RandomSource& source) const override;

 private:
  GaussianMixture mixture_;
  Constant means_;       ///< [M, D]
  Constant precisions_;  ///< [M] 1 / scale
  Constant log_peaks_;   ///< [M] ln of weight times density at the component's own mean
  Tensor scales_;        ///< [M]
  Tensor upper_;         ///< [M] sums of the weights so far
};

}  // namespace elbow
