#include "elbow/probability/targets/eight_schools.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"

namespace elbow {
namespace {

constexpr double kPriorScale = 5;  // of mu's normal and of tau's half-Cauchy

Tensor gains(const Tensor& like) {
  return at::tensor({28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0}, at::kDouble).to(like.options());
}

Tensor errors(const Tensor& like) {
  return at::tensor({15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0}, at::kDouble)
      .to(like.options());
}

/// ln tau as far as the schools see it: what lies beyond has a mass of 1e-16, and the squares of
/// float32 end there.
Tensor within_reach(const Tensor& log_tau) { return log_tau.clamp(-38, 38); }

/// ln of the normal density, summed over the last dimension.
Tensor normal(const Tensor& value, const Tensor& log_scale) {
  const Tensor standardised = value * (-log_scale).exp();
  return (standardised.square() * -0.5 - log_scale - kHalfLog2Pi).sum(-1);
}

}  // namespace

ComponentInfo EightSchoolsTarget::info() {
  TargetTraits traits;
  traits.size = 10;
  return ComponentInfo::of(
             "eight_schools",
             "Effects of coaching in eight schools: mu, ln tau and the effects of the schools")
      .source(
          "Rubin, Estimation in parallel randomized experiments, 1981, table 1; Gelman et al., "
          "Bayesian Data Analysis, 2013, section 5.5")
      .takes({Parameter::choice("parameterization",
                                {"noncentered", "centered"},
                                "the effects in units of tau around mu, or as they are")
                  .defaults("noncentered")})
      .with(traits);
}

TargetPtr EightSchoolsTarget::create(const ConfigNode& config) {
  return std::make_shared<EightSchoolsTarget>(config.text("parameterization") == "centered");
}

std::vector<TargetQuantity> EightSchoolsTarget::quantities() const {
  return {{"mu", 4.39682071, 3.31770446},
          {"tau", 3.59770548, 3.21995841},
          {"theta[1]", 6.2118842, 5.5931262},
          {"theta[2]", 4.94017842, 4.67426846},
          {"theta[3]", 3.9270044, 5.26261511},
          {"theta[4]", 4.75709829, 4.78029734},
          {"theta[5]", 3.61547702, 4.65745259},
          {"theta[6]", 4.04261264, 4.82686559},
          {"theta[7]", 6.29672413, 5.07784876},
          {"theta[8]", 4.85425332, 5.29080106}};
}

Tensor EightSchoolsTarget::effects(const Tensor& z) const {
  const Tensor last = z.narrow(-1, 2, 8);
  return is_centered_ ? last : z.narrow(-1, 0, 1) + within_reach(z.narrow(-1, 1, 1)).exp() * last;
}

Tensor EightSchoolsTarget::quantities_at(const Tensor& z) const {
  return at::cat({z.narrow(-1, 0, 1), z.narrow(-1, 1, 1).exp(), effects(z)}, -1);
}

Tensor EightSchoolsTarget::log_density_of(const Tensor& z) const {
  const Tensor mu = z.narrow(-1, 0, 1), log_tau = z.narrow(-1, 1, 1), theta = effects(z);
  const double log_scale = std::log(kPriorScale);
  const Tensor of_mu = (mu / kPriorScale).square() * -0.5 - (log_scale + kHalfLog2Pi);
  // Of ln tau: the density of tau times tau.
  const Tensor of_tau = log_tau -
                        at::logaddexp(log_tau * 2 - 2 * log_scale, at::zeros_like(log_tau)) +
                        (std::log(2 / M_PI) - log_scale);
  const Tensor last = z.narrow(-1, 2, 8);
  const Tensor of_schools = is_centered_
                                ? normal(theta - mu, within_reach(log_tau).expand_as(theta))
                                : normal(last, last * 0);
  return (of_mu + of_tau).squeeze(-1) + of_schools + normal(gains(z) - theta, errors(z).log());
}

}  // namespace elbow
