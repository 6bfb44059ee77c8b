#pragma once

#include <string>
#include <vector>

#include "elbow/models/conjugate/linear_regression.h"
#include "models/conjugate/regression_examples.h"
#include "support/data_context.h"

namespace elbow::testing::linear_regression {

inline const Json kKnown = {{"type", "known"}, {"precision", 4.0}};
inline const Json kLearned = {{"type", "learned"}, {"concentration", 1.5}, {"rate", 0.7}};
inline const Json kFixed = {{"type", "fixed"}, {"precision", 1.0}};
inline const Json kArd = {{"type", "ard"}, {"concentration", 1.2}, {"rate", 0.3}};
inline const Json kLinear = {{"type", "linear"}, {"intercept", true}};

inline LinearRegression make(const Json& noise,
                             const Json& prior,
                             const std::string& posterior,
                             std::int64_t num_columns,
                             const Json& basis = kLinear,
                             std::int64_t num_responses = 1) {
  const Json config = {{"type", "linear_regression"},
                       {"basis", basis},
                       {"noise", noise},
                       {"weight_prior", prior},
                       {"posterior", posterior}};
  return LinearRegression(ConfigNode(config, "model"),
                          testing::data_of({num_columns}, 100, num_responses));
}

inline Tensor with_intercept(const Tensor& x) {
  return at::cat({at::ones({x.size(0), 1}, x.options()), x.narrow(-1, 0, x.size(-1) - 1)}, -1);
}

inline Tensor response_of(const Tensor& x) { return x.select(-1, -1); }

/// ln N(y | 0, I / beta + Phi Phi^T / alpha).
inline double log_evidence(const Tensor& x, double beta, double alpha) {
  const Tensor phi = with_intercept(x), y = response_of(x);
  const Tensor covariance =
      at::eye(x.size(0), kDoubles) / beta + phi.matmul(phi.transpose(0, 1)) / alpha;
  return log_normal_density(y, at::zeros_like(y), covariance);
}

/// ln of the multivariate Student density of y, with the noise precision integrated out.
inline double log_student_evidence(const Tensor& x, double alpha, double a, double b) {
  const Tensor phi = with_intercept(x), y = response_of(x);
  const double n = static_cast<double>(x.size(0));
  const Tensor scale = at::eye(x.size(0), kDoubles) + phi.matmul(phi.transpose(0, 1)) / alpha;
  const Tensor factor = at::linalg_cholesky(scale);
  const double square = at::linalg_solve_triangular(factor, y.unsqueeze(-1), /*upper=*/false)
                            .square()
                            .sum()
                            .item<double>();
  return std::lgamma(a + n / 2) - std::lgamma(a) - n / 2 * std::log(2 * M_PI * b) -
         factor.diagonal().log().sum().item<double>() - (a + n / 2) * std::log1p(square / (2 * b));
}

struct Case {
  Json noise, prior;
  std::string posterior;
};
inline const std::vector<Case> kCases = {
    {kKnown, kFixed, "full"},
    {kKnown, kFixed, "factorised"},
    {kLearned, kFixed, "full"},
    {kLearned, kFixed, "factorised"},
    {kLearned, kFixed, "normal_gamma"},
    {kLearned, kArd, "full"},
    {kLearned, kArd, "factorised"},
    {kKnown, {{"type", "learned"}, {"concentration", 1.2}, {"rate", 0.3}}, "full"},
};

}  // namespace elbow::testing::linear_regression
