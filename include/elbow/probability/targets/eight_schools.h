#pragma once

#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// Effects of coaching in eight schools, y_j ~ N(theta_j, sigma_j^2), theta_j ~ N(mu, tau^2), mu ~
/// N(0, 5^2), tau half-Cauchy of scale 5, as a density of z = (mu, ln tau, eta_1, ..., eta_8) or of
/// (mu, ln tau, theta_1, ..., theta_8), with the determinant of the logarithm. The data are those
/// of Rubin, "Estimation in parallel randomized experiments", 1981, table 1.
///
/// Gelman et al., "Bayesian Data Analysis", 2013, section 5.5; Papaspiliopoulos, Roberts, Skoeld,
/// "A general framework for the parametrization of hierarchical models", 2007.
class EightSchoolsTarget : public Target {
 public:
  /// @param is_centered z has theta; else eta = (theta - mu) / tau, which knows nothing of tau
  explicit EightSchoolsTarget(bool is_centered) : is_centered_(is_centered) {}
  static ComponentInfo info();
  static TargetPtr create(const ConfigNode& config);

  std::string name() const override { return "eight_schools"; }
  std::int64_t size() const override { return 10; }
  /// By quadrature over tau, to 1e-9.
  std::optional<double> log_normaliser() const override { return -31.311347352; }
  /// mu, tau, theta[1] to theta[8]; their moments by the same quadrature.
  std::vector<TargetQuantity> quantities() const override;
  Tensor quantities_at(const Tensor& z) const override;

 protected:
  Tensor log_density_of(const Tensor& z) const override;

 private:
  /// [..., 8]
  Tensor effects(const Tensor& z) const;
  bool is_centered_;
};

}  // namespace elbow
