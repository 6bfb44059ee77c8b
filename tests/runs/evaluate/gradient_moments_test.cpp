// Mean, variance, norm and bias of gradients from draws.
#include "elbow/runs/evaluate/gradient_moments.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>

namespace elbow {
namespace ELBOW_TEST_FILE {

Tensor noise(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return at::randn(
      {rows, columns}, at::detail::createCPUGenerator(seed), at::TensorOptions(at::kDouble));
}

/// Draws of mean + scale * standard normal.
GradientMoments draws_of(const Tensor& mean, double scale, std::int64_t count, std::uint64_t seed) {
  const Tensor all = noise(count, mean.size(0), seed) * scale + mean;
  GradientMoments out(mean.size(0));
  for (std::int64_t i = 0; i < count; ++i) out.add(all[i]);
  return out;
}

TEST(GradientMoments, MeanVarianceAndBlocksAreThoseOfTheNumbers) {
  const Tensor values = noise(40, 3, 1) + 1e6;  // digits that sums of squares would lose
  GradientMoments moments(3);
  for (std::int64_t i = 0; i < 40; ++i) moments.add(values[i]);
  EXPECT_LT((moments.mean() - values.mean(0)).abs().max().item<double>(), 1e-8);
  EXPECT_LT((moments.variance() - values.var(0, /*unbiased=*/true)).abs().max().item<double>(),
            1e-8);
  const Tensor blocks = moments.block_means();
  ASSERT_EQ(blocks.size(0), GradientMoments::kNumBlocks);
  // Draws go to the blocks in turn: 4 each.
  const Tensor third = values.index_select(0, at::arange(2, 40, 10)).mean(0);
  EXPECT_LT((blocks[2] - third).abs().max().item<double>(), 1e-8);
}

TEST(GradientMoments, UnequalBlocksAreRefused) {
  GradientMoments moments(1);
  for (int i = 0; i < 11; ++i) moments.add(at::ones({1}, at::kDouble));
  EXPECT_ANY_THROW(moments.block_means());
}

// |mean|^2 = 0.25 * 50 = 12.5 below noise of 50 / 20 = 2.5 in the square of the sample mean: what
// is not corrected for it is seen. 400 repeats; 5 standard errors, error probability 6e-7.
TEST(GradientMoments, SquaredNormHasNoBiasAndAnHonestError) {
  const Tensor mean = at::full({50}, 0.5, at::kDouble);
  constexpr int kRepeats = 400;
  double sum = 0, squares = 0, errors = 0;
  for (int r = 0; r < kRepeats; ++r) {
    const Estimate square = squared_norm_of_mean(draws_of(mean, 1.0, 20, 100 + r).block_means());
    sum += square.value;
    squares += square.value * square.value;
    errors += square.standard_error * square.standard_error;
  }
  const double average = sum / kRepeats, variance = squares / kRepeats - average * average;
  EXPECT_NEAR(average, 12.5, 5 * std::sqrt(variance / kRepeats));
  // The jackknife's variance is a little too large by theory, never much too small.
  EXPECT_GT(errors / kRepeats, 0.85 * variance);
  EXPECT_LT(errors / kRepeats, 1.4 * variance);
}

Json described(const ParameterGroup& group,
               const GradientMoments& draws,
               const GradientMoments& reference) {
  return describe_gradient({group}, draws, &reference).at(0);
}

TEST(DescribeGradient, SaysNormNoiseAndBias) {
  const Tensor mean = at::full({20}, 0.3, at::kDouble);
  const GradientMoments reference = draws_of(mean, 0.5, 4000, 1);
  const Json same = described({"guide", 0, 20}, draws_of(mean, 0.5, 1000, 2), reference);
  const double norm = 0.3 * std::sqrt(20.0);
  EXPECT_NEAR(same.at("norm").at("value").get<double>(), norm, 0.05);
  EXPECT_NEAR(same.at("variance").get<double>(), 20 * 0.25, 0.3);
  EXPECT_NEAR(same.at("snr").at("value").get<double>(), norm / std::sqrt(5.0), 0.05);
  EXPECT_FALSE(same.at("bias").at("is_found").get<bool>());
  EXPECT_LT(same.at("bias").at("relative_upper").get<double>(), 0.1);
  EXPECT_NEAR(same.at("cosine").get<double>(), 1.0, 0.01);

  const Tensor shifted = mean + 0.1;
  const Json off = described({"guide", 0, 20}, draws_of(shifted, 0.5, 1000, 3), reference);
  EXPECT_TRUE(off.at("bias").at("is_found").get<bool>());
  EXPECT_NEAR(off.at("bias").at("value").get<double>(), 0.1 * std::sqrt(20.0), 0.05);
  EXPECT_NEAR(off.at("bias").at("relative").get<double>(), 1.0 / 3, 0.04);
}

TEST(DescribeGradient, LooksAtItsGroupAlone) {
  const Tensor mean = at::arange(6, at::kDouble);
  const GradientMoments draws = draws_of(mean, 1e-9, 20, 1),
                        reference = draws_of(mean, 1e-9, 20, 2);
  const Json group = described({"layer", 2, 3}, draws, reference);
  EXPECT_NEAR(group.at("norm").at("value").get<double>(), std::sqrt(4.0 + 9.0 + 16.0), 1e-6);
  EXPECT_EQ(group.at("parameters").get<int>(), 3);
}

TEST(DescribeGradient, WithoutNoiseThereIsNoRatio) {
  GradientMoments exact(2);
  for (int i = 0; i < 20; ++i) exact.add(at::ones({2}, at::kDouble));
  const Json group = described({"guide", 0, 2}, exact, exact);
  EXPECT_EQ(group.at("variance").get<double>(), 0.0);
  EXPECT_FALSE(group.contains("snr"));
  EXPECT_FALSE(group.at("bias").at("is_found").get<bool>());
}

// The same numbers summed in another order are no bias.
TEST(DescribeGradient, RoundingIsNoBias) {
  GradientMoments ten(1), fifty(1);
  for (int i = 0; i < 20; ++i) ten.add(at::full({1}, 0.1, at::kDouble));
  for (int i = 0; i < 70; ++i) fifty.add(at::full({1}, 0.1, at::kDouble));
  EXPECT_FALSE(described({"guide", 0, 1}, ten, fifty).at("bias").at("is_found").get<bool>());
}

TEST(DescribeGradient, ANormThatIsNoiseHasAFiniteError) {
  const Tensor nothing = at::full({30}, 0.0, at::kDouble);
  const GradientMoments reference = draws_of(nothing, 1.0, 100, 8);
  for (int seed = 0; seed < 20; ++seed) {
    const Json found =
        described({"guide", 0, 30}, draws_of(nothing, 1.0, 100, 10 + seed), reference);
    EXPECT_LT(found.at("norm").at("value").get<double>(), 1.0);
    EXPECT_LT(found.at("norm").at("standard_error").get<double>(), 1.0);
    EXPECT_FALSE(found.at("bias").contains("relative") && found.at("bias").at("relative") > 10.0);
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
