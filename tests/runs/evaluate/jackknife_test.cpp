// Error and bias of log-mean estimates by leaving draws out, and the tails of weights that hardly
// differ.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "elbow/runs/evaluate/draw_jackknife.h"
#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

WeightStatistics statistics_of(const std::vector<double>& log_weights, double rounding = 0) {
  WeightStatistics out(static_cast<std::int64_t>(log_weights.size()));
  for (const double value : log_weights) out.add(value, rounding);
  return out;
}

double log_mean_without(const std::vector<double>& log_weights, std::size_t left_out) {
  double largest = -INFINITY, sum = 0;
  for (std::size_t i = 0; i < log_weights.size(); ++i)
    if (i != left_out) largest = std::max(largest, log_weights[i]);
  for (std::size_t i = 0; i < log_weights.size(); ++i)
    if (i != left_out) sum += std::exp(log_weights[i] - largest);
  const std::size_t count = log_weights.size() - (left_out < log_weights.size());
  return largest + std::log(sum / static_cast<double>(count));
}

/// Leaves out one after the other, by the definition.
JackknifeOfLogMean by_definition(const std::vector<double>& log_weights) {
  const double count = static_cast<double>(log_weights.size());
  std::vector<double> each;
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < log_weights.size(); ++i) {
    each.push_back(log_mean_without(log_weights, i));
    mean += each.back() / count;
  }
  for (const double value : each) squares += (value - mean) * (value - mean);
  return {(count - 1) * (mean - log_mean_without(log_weights, log_weights.size())),
          (count - 1) / count * squares};
}

TEST(Jackknife, IsThatOfLeavingOutEachDraw) {
  std::mt19937_64 generator(3);
  for (const double spread : {1e-3, 1.0, 4.0})
    for (const int count : {2, 3, 5, 64, 65, 66, 300, 2000}) {
      std::normal_distribution<double> normal(-5, spread);
      std::vector<double> log_weights;
      for (int k = 0; k < count; ++k) log_weights.push_back(normal(generator));
      const JackknifeOfLogMean found = statistics_of(log_weights).jackknife(),
                               right = by_definition(log_weights);
      EXPECT_NEAR(found.bias, right.bias, 1e-8 * std::abs(right.bias) + 1e-11) << count;
      EXPECT_NEAR(found.variance, right.variance, 1e-6 * right.variance) << count;
    }
}

TEST(Jackknife, OneDrawThatHasNearlyAllTheWeightKeepsItsDigits) {
  std::vector<double> log_weights(200, -60.0);
  log_weights[100] = 0;
  const JackknifeOfLogMean found = statistics_of(log_weights).jackknife(),
                           right = by_definition(log_weights);
  EXPECT_NEAR(found.bias, right.bias, 1e-9 * std::abs(right.bias));
  EXPECT_NEAR(found.variance, right.variance, 1e-9 * right.variance);
}

TEST(Jackknife, IsUndefinedWhereNothingCanBeLeftOut) {
  const auto expect_undefined = [](const std::vector<double>& log_weights) {
    const JackknifeOfLogMean found = statistics_of(log_weights).jackknife();
    EXPECT_TRUE(std::isnan(found.bias));
    EXPECT_TRUE(std::isnan(found.variance));
  };
  expect_undefined({-3.0});
  expect_undefined({-3.0, -INFINITY, -INFINITY});
  expect_undefined({-INFINITY, -INFINITY});
}

// Weights exp(3) with probability 0.2, else 1; K = 5. By the binomial distribution ln of their mean
// has the bias -0.33879 and the standard deviation 0.90621, which 1/ESS - 1/K (the delta method)
// gives as 0.50975: 1.8 times too small. The expected jackknife is -0.31576 and 0.94022 (Python,
// sums over the six outcomes).
TEST(Jackknife, TellsBiasAndErrorOfHeavyWeights) {
  double bias = 0, variance = 0, delta = 0;
  double probability = std::pow(0.8, 5);
  for (int heavy = 0; heavy <= 5; ++heavy) {
    std::vector<double> log_weights(5, 0.0);
    for (int i = 0; i < heavy; ++i) log_weights[static_cast<std::size_t>(i)] = 3.0;
    const WeightStatistics statistics = statistics_of(log_weights);
    const JackknifeOfLogMean found = statistics.jackknife();
    bias += probability * found.bias;
    variance += probability * found.variance;
    delta += probability * (1 / statistics.effective_sample_size() - 0.2);
    probability *= 0.25 * (5 - heavy) / (heavy + 1);
  }
  EXPECT_NEAR(bias, -0.31576, 1e-5);
  EXPECT_NEAR(std::sqrt(variance), 0.94022, 1e-5);
  EXPECT_NEAR(std::sqrt(delta), 0.50975, 1e-5);
}

TEST(DrawJackknife, IsThatOfLeavingOutEachDrawForAllExamples) {
  constexpr std::int64_t kDraws = 6, kExamples = 4, kSets = 2;
  const Tensor all = 2 * at::randn({kDraws, kExamples, kSets},
                                   at::detail::createCPUGenerator(5),
                                   at::TensorOptions(at::kDouble));
  DrawJackknife in_parts;
  in_parts.add(all.narrow(1, 0, 1));
  in_parts.add(all.narrow(1, 1, 3));
  const auto mean_without = [&all](std::int64_t left_out) {
    double sum = 0;
    for (std::int64_t b = 0; b < kExamples; ++b)
      for (std::int64_t g = 0; g < kSets; ++g) {
        double total = 0, count = 0;
        for (std::int64_t t = 0; t < kDraws; ++t) {
          if (t == left_out) continue;
          total += std::exp(all[t][b][g].item<double>());
          count += 1;
        }
        sum += std::log(total / count) / (kExamples * kSets);
      }
    return sum;
  };
  double mean = 0, squares = 0;
  for (std::int64_t t = 0; t < kDraws; ++t) mean += mean_without(t) / kDraws;
  for (std::int64_t t = 0; t < kDraws; ++t) squares += std::pow(mean_without(t) - mean, 2);
  const JackknifeOfLogMean found = in_parts.of_log_mean();
  EXPECT_NEAR(found.bias, (kDraws - 1) * (mean - mean_without(-1)), 1e-12);
  EXPECT_NEAR(found.variance, squares * (kDraws - 1) / kDraws, 1e-12);
  const Tensor each = all.mean(c10::IntArrayRef{1, 2});
  EXPECT_NEAR(in_parts.variance_of_mean_log({}),
              each.var(0, /*unbiased=*/true).item<double>() / kDraws,
              1e-12);
  DrawJackknife one;
  one.add(all.narrow(0, 0, 1));
  EXPECT_TRUE(std::isnan(one.of_log_mean().variance));
  EXPECT_TRUE(std::isnan(one.variance_of_mean_log({})));
}

// Log weights near -200 in float32, a few steps of 1.5e-5 apart: their largest differ by rounding
// alone. The fit took the steps for a tail.
TEST(ParetoShape, WeightsThatAreEqualUpToRoundingHaveNoTail) {
  const double step = std::ldexp(1.0, -16);
  std::mt19937_64 generator(7);
  std::normal_distribution<double> normal(0, 1.1);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> log_weights;
    for (int k = 0; k < 1000; ++k)
      log_weights.push_back(-200 + step * std::round(normal(generator)));
    EXPECT_EQ(statistics_of(log_weights, 200 * std::ldexp(1.0, -20)).pareto_k(), -INFINITY);
  }
}

TEST(ParetoShape, DiscreteWeightsAreBounded) {
  // All of the tail is one value.
  std::vector<double> log_weights(60, 0.0);
  log_weights.insert(log_weights.end(), 40, 1.0);
  EXPECT_EQ(statistics_of(log_weights).pareto_k(), -INFINITY);
  // Ten weights above a threshold that ten others equal.
  log_weights.assign(90, 0.0);
  log_weights.insert(log_weights.end(), 10, 1.0);
  EXPECT_LE(statistics_of(log_weights).pareto_k(), 0.5);
  // Too few above it to say how their tail goes on.
  log_weights.assign(97, 0.0);
  log_weights.insert(log_weights.end(), 3, 1.0);
  EXPECT_TRUE(std::isnan(statistics_of(log_weights).pareto_k()));
}

// The same latents give the same weight up to rounding, which is no exceedance.
TEST(ParetoShape, DiscreteWeightsAreBoundedInFloat32Too) {
  std::mt19937_64 generator(5);
  std::uniform_real_distribution<double> uniform(-1e-6, 1e-6);
  std::vector<double> log_weights;
  for (int k = 0; k < 100; ++k) log_weights.push_back((k < 90 ? 0.0 : 1.0) + uniform(generator));
  EXPECT_LE(statistics_of(log_weights, 1e-4).pareto_k(), 0.5);
}

TEST(ParetoShape, ATailBeyondRoundingIsSeen) {
  std::mt19937_64 generator(11);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<double> log_weights;
  for (int k = 0; k < 20000; ++k) log_weights.push_back(-1.2 * std::log(uniform(generator)));
  EXPECT_GT(statistics_of(log_weights, 1e-3).pareto_k(), 0.9);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
