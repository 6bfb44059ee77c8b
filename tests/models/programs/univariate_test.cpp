// Values of tests/golden/program_distributions.json (its first key is the command that made it),
// edges of supports, and draws.
#include "elbow/models/programs/univariate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "elbow/foundations/core/philox.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using nlohmann::json;
using programs::Draws;
using programs::find_univariate;
using programs::Univariate;
using programs::univariates;

const json& golden_points() {
  static const json all = [] {
    std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/program_distributions.json");
    return json::parse(file).at("cases");
  }();
  return all;
}

double number_of(const json& value) {
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

/// Value and arguments, leaves of their own.
std::vector<at::Tensor> inputs_of(const std::vector<double>& numbers) {
  std::vector<at::Tensor> out;
  for (const double one : numbers)
    out.push_back(at::scalar_tensor(one, at::kDouble).requires_grad_());
  return out;
}

std::vector<double> numbers_at(const json& point) {
  std::vector<double> out = {point.at("value").get<double>()};
  for (const json& one : point.at("arguments")) out.push_back(one.get<double>());
  return out;
}

double gradient_at(const at::Tensor& input) {
  return input.grad().defined() ? input.grad().item<double>() : 0.0;
}

void expect_agreement(const json& point,
                      const std::string& key,
                      Univariate::Log function,
                      double tolerance,
                      double slope_tolerance) {
  ASSERT_EQ(function != nullptr, point.contains(key)) << key;
  if (function == nullptr) return;
  const auto inputs = inputs_of(numbers_at(point));
  const at::Tensor ours = function(inputs);
  const double value = ours.item<double>(), theirs = number_of(point.at(key));
  if (std::isinf(theirs)) {
    EXPECT_EQ(value, theirs) << key << " " << point;
    return;
  }
  // Relative, but for a logarithm near 0 of a density near 1; of a probability always.
  const double scale = key == "log_density" ? std::max(std::abs(theirs), 1.0) : std::abs(theirs);
  EXPECT_LE(std::abs(value - theirs), tolerance * scale) << key << " " << point << " " << value;
  if (ours.requires_grad()) ours.backward();
  for (std::size_t i = 0; i < point.at("free").size(); ++i) {
    const double wanted = number_of(point.at("d_" + key)[i]);
    const double found = gradient_at(inputs[point.at("free")[i].get<std::size_t>()]);
    EXPECT_LE(std::abs(found - wanted), slope_tolerance * std::abs(wanted) + 1e-13)
        << key << " " << point << " by " << point.at("free")[i] << ": " << found;
  }
}

std::vector<std::string> all_names() {
  std::vector<std::string> out;
  for (const Univariate& one : univariates()) out.push_back(one.name);
  return out;
}

class UnivariateGolden : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         UnivariateGolden,
                         ::testing::ValuesIn(all_names()),
                         [](const auto& test) { return test.param; });

// 1e-12, or 1e-11 where a special function limits: logarithms near 0 of a distribution function.
TEST_P(UnivariateGolden, ValuesAndDerivativesAreThoseOfAnOracleWithManyDigits) {
  const Univariate& one = *find_univariate(GetParam());
  ASSERT_TRUE(golden_points().contains(GetParam()));
  for (const json& point : golden_points().at(GetParam())) {
    expect_agreement(point, "log_density", one.log_density, 1e-12, 1e-9);
    expect_agreement(point, "log_cdf", one.log_cdf, 1e-11, 1e-9);
    expect_agreement(point, "log_ccdf", one.log_ccdf, 1e-11, 1e-9);
  }
}

TEST_P(UnivariateGolden, BroadcastsAndIsFiniteInDerivativesEverywhere) {
  const Univariate& one = *find_univariate(GetParam());
  const std::vector<double> values = {
      -INFINITY, -1e300, -1e9, -4, -1, -1e-300, 0, 1e-300, 0.5, 1, 2, 7, 40, 1e9, 1e300, INFINITY};
  for (const json& point : golden_points().at(GetParam())) {
    for (const auto function : {one.log_density, one.log_cdf, one.log_ccdf}) {
      if (function == nullptr) continue;
      auto inputs = inputs_of(numbers_at(point));
      std::vector<double> tried = values;
      if (one.is_discrete)
        for (double& y : tried) y = std::floor(std::min(std::max(y, -1e9), 1e9));
      inputs[0] = at::tensor(tried, at::kDouble).requires_grad_();
      const at::Tensor ours = function(inputs);
      ASSERT_EQ(ours.sizes(), inputs[0].sizes());
      EXPECT_FALSE(ours.isnan().any().item<bool>()) << point << ours;
      if (ours.requires_grad()) ours.sum().backward();
      for (const at::Tensor& input : inputs) {
        if (!input.grad().defined()) continue;
        EXPECT_FALSE(input.grad().isnan().any().item<bool>()) << point << input.grad();
      }
    }
  }
}

// Against central differences of the first, for methods that ask for curvature.
TEST_P(UnivariateGolden, DensitiesHaveSecondDerivatives) {
  const Univariate& one = *find_univariate(GetParam());
  for (const json& point : golden_points().at(GetParam())) {
    const std::vector<double> numbers = numbers_at(point);
    for (const json& free : point.at("free")) {
      const std::size_t i = free.get<std::size_t>();
      const auto slope_at = [&](double shift, double& second) {
        auto inputs = inputs_of(numbers);
        inputs[i] = at::scalar_tensor(numbers[i] + shift, at::kDouble).requires_grad_();
        const at::Tensor value = one.log_density(inputs);
        if (!value.requires_grad()) return 0.0;
        const at::Tensor slope =
            torch::autograd::grad({value}, {inputs[i]}, {}, true, true, /*allow_unused=*/true)[0];
        if (!slope.defined()) return 0.0;
        const auto grads =
            slope.requires_grad()
                ? torch::autograd::grad({slope}, {inputs[i]}, {}, {}, false, /*allow_unused=*/true)
                : std::vector<at::Tensor>(1);
        second = grads[0].defined() ? grads[0].item<double>() : 0;
        return slope.item<double>();
      };
      const double h = 1e-8 * (numbers[i] == 0 ? 1 : std::abs(numbers[i]));
      double second = 0, ignored = 0;
      const double centre = slope_at(0, second);
      // Squares of derivatives overflow or underflow far out.
      if (!std::isfinite(centre) || std::abs(numbers[0]) > 1e100) continue;
      const double up = slope_at(h, ignored), down = slope_at(-h, ignored);
      const double rounding = 1e-13 * std::max({std::abs(up), std::abs(down), 0.01}) / h;
      EXPECT_LE(std::abs((up - down) / (2 * h) - second), 1e-4 * std::abs(second) + rounding + 1e-9)
          << point << " by " << i << ": " << second;
    }
  }
}

TEST_P(UnivariateGolden, DistributionFunctionsAddUpToOne) {
  const Univariate& one = *find_univariate(GetParam());
  if (one.log_cdf == nullptr) return;
  for (const json& point : golden_points().at(GetParam())) {
    const auto inputs = inputs_of(numbers_at(point));
    EXPECT_NEAR((one.log_cdf(inputs).exp() + one.log_ccdf(inputs).exp()).item<double>(), 1, 1e-13)
        << point;
  }
}

// Kolmogorov's statistic of 4000 draws beyond 2.23 deviations has probability 1e-4 (discrete: at
// most); 74 sets of arguments are tried, so that one in 130 seeds fails.
TEST_P(UnivariateGolden, DrawsFollowTheDistributionFunction) {
  const Univariate& one = *find_univariate(GetParam());
  if (one.log_cdf == nullptr) return;
  std::vector<json> seen;
  for (const json& point : golden_points().at(GetParam())) {
    if (std::find(seen.begin(), seen.end(), point.at("arguments")) != seen.end()) continue;
    seen.push_back(point.at("arguments"));
    // Half of these draws are below the least double, and so 0.
    if (GetParam() == "gamma" && point.at("arguments")[0].get<double>() < 0.01) continue;
    const auto numbers = numbers_at(point);
    Draws draws(derive_key(7, Purpose::sampling, key_of_name(GetParam()), seen.size()));
    std::vector<double> sample(4000);
    for (double& y : sample) y = one.draw({numbers.begin() + 1, numbers.end()}, draws);
    std::sort(sample.begin(), sample.end());
    auto inputs = inputs_of(numbers);
    inputs[0] = at::tensor(sample, at::kDouble);
    const at::NoGradGuard no_grad;
    const at::Tensor after = one.log_cdf(inputs).exp();
    if (one.is_discrete) inputs[0] = inputs[0] - 1;
    const at::Tensor before = one.log_cdf(inputs).exp();
    double worst = 0;
    for (std::size_t i = 0, end = 0; i < sample.size(); i = end) {
      while (end < sample.size() && sample[end] == sample[i]) ++end;
      const auto at = static_cast<std::int64_t>(i);
      const double count = static_cast<double>(sample.size());
      worst = std::max({worst,
                        std::abs(after[at].item<double>() - static_cast<double>(end) / count),
                        std::abs(before[at].item<double>() - static_cast<double>(i) / count)});
    }
    EXPECT_LT(worst * std::sqrt(4000.0), 2.23) << point.at("arguments");
  }
}

struct Moments {
  const char* name;
  std::vector<double> arguments;
  double mean, variance;
};

// Of those without a distribution function: 5 standard errors, 6e-7 each for a normal mean.
TEST(UnivariateDraws, HaveTheMomentsOfTheOthers) {
  const double skew = 2.5 / std::hypot(1, 2.5), turn = std::sqrt(2 / std::acos(-1.0));
  const double p = 1 / (1 + std::exp(-0.7));
  const std::vector<Moments> all = {
      {"skew_normal",
       {0.3, 1.7, 2.5},
       0.3 + 1.7 * skew * turn,
       1.7 * 1.7 * (1 - skew * skew * turn * turn)},
      {"bernoulli_logit", {0.7}, p, p * (1 - p)},
      {"binomial_logit", {200, 0.7}, 200 * p, 200 * p * (1 - p)},
      {"hypergeometric", {7, 5, 11}, 7 * 5.0 / 16, 7 * 5.0 / 16 * 11 / 16 * 9 / 15},
      {"poisson_log", {3.0}, std::exp(3.0), std::exp(3.0)},
      {"neg_binomial_2_log", {1.5, 2.0}, std::exp(1.5), std::exp(1.5) + std::exp(3.0) / 2}};
  for (const Moments& one : all) {
    Draws draws(derive_key(8, Purpose::sampling, key_of_name(one.name)));
    const int count = 20000;
    double sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < count; ++i) {
      const double y = find_univariate(one.name)->draw(one.arguments, draws) - one.mean;
      sum += y;
      squares += y * y;
      fourth += y * y * y * y;
    }
    const double variance = squares / count;
    EXPECT_LT(std::abs(sum / count), 5 * std::sqrt(one.variance / count)) << one.name;
    EXPECT_LT(std::abs(variance - one.variance),
              5 * std::sqrt((fourth / count - variance * variance) / count))
        << one.name;
  }
}

TEST(UnivariateDraws, VonMisesHasItsMeanCosine) {
  // I_1(2) / I_0(2); the cosine's variance is below 1.
  Draws draws(derive_key(9, Purpose::sampling));
  double cosine = 0, sine = 0;
  for (int i = 0; i < 20000; ++i) {
    const double angle = find_univariate("von_mises")->draw({0.4, 2.0}, draws) - 0.4;
    cosine += std::cos(angle) / 20000;
    sine += std::sin(angle) / 20000;
  }
  EXPECT_NEAR(cosine, 0.697774657964008, 5 / std::sqrt(20000.0));
  EXPECT_NEAR(sine, 0, 5 / std::sqrt(20000.0));
}

double density_of(const char* name, const std::vector<double>& numbers) {
  return find_univariate(name)->log_density(inputs_of(numbers)).item<double>();
}

TEST(UnivariateEdges, AreThoseOfTheLimits) {
  EXPECT_NEAR(density_of("gamma", {0, 1, 2.5}), std::log(2.5), 1e-15);
  EXPECT_EQ(density_of("gamma", {0, 1.5, 2.5}), -INFINITY);
  EXPECT_EQ(density_of("gamma", {0, 0.5, 2.5}), INFINITY);
  EXPECT_EQ(density_of("beta", {0, 1, 1}), 0);
  EXPECT_NEAR(density_of("beta", {1, 3, 1}), std::log(3), 1e-15);
  EXPECT_NEAR(density_of("exponential", {0, 3}), std::log(3), 1e-15);
  EXPECT_NEAR(density_of("pareto", {2, 2, 3}), std::log(1.5), 1e-15);
  EXPECT_EQ(density_of("uniform", {0.5, 1, 0}), -INFINITY);
  EXPECT_EQ(density_of("binomial", {0, 5, 0}), 0);
  EXPECT_EQ(density_of("binomial", {5, 5, 1}), 0);
  EXPECT_EQ(density_of("binomial", {0, 0, 1}), 0);
  EXPECT_EQ(density_of("binomial", {2, 5, 0}), -INFINITY);
  EXPECT_EQ(density_of("bernoulli", {1, 0}), -INFINITY);
  EXPECT_EQ(density_of("poisson", {0, 0}), 0);
  EXPECT_EQ(density_of("poisson", {1, 0}), -INFINITY);
  EXPECT_EQ(density_of("poisson_log", {0, -INFINITY}), 0);
  EXPECT_EQ(density_of("poisson_log", {3, 800}), -INFINITY);
  EXPECT_EQ(find_univariate("no_such_distribution"), nullptr);
}

TEST(UnivariateEdges, OfProbabilitiesHaveFiniteDerivatives) {
  for (const double theta : {0.0, 1.0})
    for (const double n : {0.0, 2.0, 5.0}) {
      const auto inputs = inputs_of({n, 5, theta});
      find_univariate("binomial")->log_density(inputs).backward();
      EXPECT_TRUE(std::isfinite(gradient_at(inputs[2]))) << n << " " << theta;
    }
  const auto inputs = inputs_of({1e-300, 0, 1});
  find_univariate("uniform")->log_cdf(inputs).backward();
  EXPECT_NEAR(gradient_at(inputs[2]), -1, 1e-15);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
