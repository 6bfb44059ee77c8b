// Distributions of one number: values against SciPy's (tests/golden/univariate_distributions.json,
// made by scripts/oracle/univariate_distributions.py), derivatives against differences, draws
// against their distribution functions.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/programs/program_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using programs::Univariate;

const Json& golden() {
  static const Json all = Json::parse(testing::text_in(
      std::string(ELBOW_SOURCE_DIR) + "/tests/golden/univariate_distributions.json"));
  return all;
}

std::vector<Tensor> inputs_of(double value, const std::vector<double>& arguments) {
  std::vector<Tensor> out{at::scalar_tensor(value, at::kDouble)};
  for (const double one : arguments) out.push_back(at::scalar_tensor(one, at::kDouble));
  return out;
}

class UnivariateValues : public ::testing::TestWithParam<std::string> {};

std::vector<std::string> names_of_all() {
  std::vector<std::string> out;
  for (const Univariate& one : programs::univariates()) out.push_back(one.name);
  return out;
}

/// @param tolerance relative to max(1, |value|)
void expect_values(const Univariate& distribution,
                   const char* key,
                   Univariate::Log function,
                   double tolerance) {
  if (function == nullptr || !golden().contains(distribution.name)) return;
  for (const Json& one : golden().at(distribution.name)) {
    const auto arguments = one.at("arguments").get<std::vector<double>>();
    for (std::size_t i = 0; i < one.at("values").size(); ++i) {
      const Json& expected = one.at(key)[i];
      if (expected.is_null()) continue;
      const double value = one.at("values")[i].get<double>(), wanted = expected.get<double>();
      const double found = function(inputs_of(value, arguments)).item<double>();
      EXPECT_NEAR(found, wanted, tolerance * std::max(1.0, std::abs(wanted)))
          << distribution.name << " " << key << " at " << value << " of " << one.at("arguments");
    }
  }
}

TEST_P(UnivariateValues, AreThoseOfSciPy) {
  const Univariate& one = *programs::find_univariate(GetParam());
  EXPECT_TRUE(golden().contains(one.name) || one.name == "skew_double_exponential") << one.name;
  expect_values(one, "log_density", one.log_density, 2e-11);
  expect_values(one, "log_cdf", one.log_cdf, 1e-9);
  expect_values(one, "log_ccdf", one.log_ccdf, 1e-9);
}

/// Derivatives in everything that is continuous, against central differences.
void expect_gradient(const Univariate& distribution,
                     Univariate::Log function,
                     double value,
                     const std::vector<double>& arguments) {
  std::vector<Tensor> inputs = inputs_of(value, arguments);
  std::vector<std::size_t> moving;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool is_count = i == 0 ? distribution.is_discrete
                                 : std::count(distribution.counts.begin(),
                                              distribution.counts.end(),
                                              static_cast<int>(i) - 1) > 0;
    if (!is_count) moving.push_back(i);
  }
  if (moving.empty()) return;
  for (const std::size_t i : moving) inputs[i].set_requires_grad(true);
  const Tensor log = function(inputs);
  if (!std::isfinite(log.item<double>()) || log.item<double>() < -600 || !log.requires_grad())
    return;
  std::vector<Tensor> wanted_of;
  for (const std::size_t i : moving) wanted_of.push_back(inputs[i]);
  const auto gradients =
      torch::autograd::grad({log}, wanted_of, {}, {}, false, /*allow_unused=*/true);
  for (std::size_t m = 0; m < moving.size(); ++m) {
    const auto at_shift = [&](double shift) {
      std::vector<Tensor> moved;
      for (std::size_t i = 0; i < inputs.size(); ++i)
        moved.push_back(inputs[i].detach() + (i == moving[m] ? shift : 0.0));
      return function(moved).item<double>();
    };
    const double size = std::abs(inputs[moving[m]].item<double>());
    const double step = 1e-4 * std::max(size, 1e-3);
    const double slope =
        (8 * (at_shift(step) - at_shift(-step)) - (at_shift(2 * step) - at_shift(-2 * step))) /
        (12 * step);
    if (!std::isfinite(slope)) continue;  // at an edge of the support
    const double found = gradients[m].defined() ? gradients[m].item<double>() : 0;
    const double noise = 1e-13 * std::max(1.0, std::abs(log.item<double>())) / step;
    EXPECT_NEAR(found, slope, 2e-6 * std::max(1.0, std::abs(slope)) + noise)
        << distribution.name << " in input " << moving[m] << " at " << value;
  }
}

TEST_P(UnivariateValues, HaveTheDerivativesOfDifferences) {
  const Univariate& one = *programs::find_univariate(GetParam());
  if (!golden().contains(one.name)) return;
  for (const Json& example : golden().at(one.name))
    for (const Json& value : example.at("values"))
      for (const Univariate::Log function : {one.log_density, one.log_cdf, one.log_ccdf}) {
        // Kinks: a Laplace density at its location, a bound.
        const auto arguments = example.at("arguments").get<std::vector<double>>();
        if (function == nullptr) continue;
        if (!arguments.empty() && value.get<double>() == arguments[0]) continue;
        expect_gradient(one, function, value.get<double>(), arguments);
      }
}

// The largest difference of the empirical and the exact distribution function of 4,000 draws; above
// 1.95 / sqrt(n) with probability 0.001 for each distribution (of counts less), with a fixed seed.
TEST_P(UnivariateValues, DrawsFollowTheirDistributionFunction) {
  const Univariate& one = *programs::find_univariate(GetParam());
  if (!golden().contains(one.name)) return;
  constexpr int kCount = 4000;
  for (const Json& example : golden().at(one.name)) {
    const auto arguments = example.at("arguments").get<std::vector<double>>();
    programs::Draws draws(11);
    std::vector<double> drawn;
    for (int i = 0; i < kCount; ++i) drawn.push_back(one.draw(arguments, draws));
    for (std::size_t i = 0; i < example.at("values").size(); ++i) {
      if (one.name == "von_mises") continue;  // SciPy's is of the line
      const Json &log_cdf = example.at("log_cdf")[i], &log_ccdf = example.at("log_ccdf")[i];
      if (log_cdf.is_null() && log_ccdf.is_null()) continue;
      const double share = log_cdf.is_null() ? 0 : std::exp(log_cdf.get<double>());
      const double value = example.at("values")[i].get<double>();
      const auto below = static_cast<double>(
          std::count_if(drawn.begin(), drawn.end(), [value](double x) { return x <= value; }));
      EXPECT_NEAR(below / kCount, share, 1.95 / std::sqrt(kCount)) << one.name << " at " << value;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         UnivariateValues,
                         ::testing::ValuesIn(names_of_all()),
                         [](const auto& one) { return one.param; });

TEST(UnivariateEdges, ExtremesStayFiniteWithFiniteDerivatives) {
  struct Case {
    const char* name;
    double value;
    std::vector<double> arguments;
    double wanted;
  };
  const double log_2_pi = std::log(2 * M_PI);
  for (const Case& one :
       std::vector<Case>{{"bernoulli_logit", 0, {800}, -800},
                         {"bernoulli_logit", 1, {800}, 0},
                         {"bernoulli_logit", 1, {-800}, -800},
                         {"poisson_log", 0, {-800}, 0},
                         {"poisson_log", 2, {-800}, -1600 - std::log(2)},
                         {"neg_binomial_2", 3, {2, 1e10}, 3 * std::log(2) - 2 - std::log(6)},
                         {"student_t", 1, {1e10, 0, 1}, -0.5 - 0.5 * log_2_pi},
                         {"cauchy", 1e200, {0, 1}, -std::log(M_PI) - 400 * std::log(10)},
                         {"gamma", 0, {1, 2}, std::log(2)},
                         {"beta", 0, {1, 3}, std::log(3)},
                         {"exponential", 0, {2}, std::log(2)}}) {
    const Univariate& distribution = *programs::find_univariate(one.name);
    std::vector<Tensor> inputs = inputs_of(one.value, one.arguments);
    for (std::size_t i = 1; i < inputs.size(); ++i) inputs[i].set_requires_grad(true);
    const Tensor log = distribution.log_density(inputs);
    EXPECT_NEAR(log.item<double>(), one.wanted, 1e-8 * std::max(1.0, std::abs(one.wanted)))
        << one.name;
    const auto gradients = torch::autograd::grad(
        {log}, std::vector<Tensor>(inputs.begin() + 1, inputs.end()), {}, {}, false, true);
    for (const Tensor& gradient : gradients)
      EXPECT_TRUE(!gradient.defined() || std::isfinite(gradient.item<double>())) << one.name;
  }
  for (const Univariate& one : programs::univariates()) {
    if (one.name == "von_mises" || !golden().contains(one.name)) continue;
    const auto arguments = golden().at(one.name)[0].at("arguments").get<std::vector<double>>();
    if (one.log_cdf == nullptr) continue;
    for (const double far : {-1e6, 1e6}) {
      const auto inputs = inputs_of(far, arguments);
      const double low = one.log_cdf(inputs).item<double>(),
                   high = one.log_ccdf(inputs).item<double>();
      EXPECT_NEAR(std::exp(low) + std::exp(high), 1, 1e-9) << one.name << " at " << far;
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
