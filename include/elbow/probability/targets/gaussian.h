#pragma once

#include "elbow/probability/distributions/constant.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// N(mean, covariance) with any covariance, normalised. Guides have closed answers here: the
/// diagonal normal that maximises the bound has the mean of the target and the variances
/// 1 / (covariance^-1)_ii.
///
/// Bishop, "Pattern Recognition and Machine Learning", 2006, sections 2.3 and 10.1.2.
class GaussianTarget : public Target {
 public:
  /// @param mean [D]  @param covariance [D, D], symmetric; both float64
  /// @throws c10::Error when the covariance is not positive definite
  GaussianTarget(const Tensor& mean, const Tensor& covariance);
  static ComponentInfo info();
  /// @throws ConfigError that names the first bad place of the covariance
  static TargetPtr create(const ConfigNode& config);

  std::string name() const override { return "gaussian"; }
  std::int64_t size() const override { return mean_.value().size(0); }
  std::optional<double> log_normaliser() const override { return 0.0; }
  std::optional<Moments> moments() const override;
  bool has_sample() const override { return true; }

 protected:
  Tensor log_density_of(const Tensor& z) const override;
  Tensor draw(std::int64_t n, RandomSource& source) const override;

 private:
  Constant mean_, covariance_;
  Tensor factor_;       ///< lower Cholesky factor L
  Constant whitening_;  ///< transpose of the inverse of L
  double log_peak_;     ///< ln density at the mean
};

}  // namespace elbow
