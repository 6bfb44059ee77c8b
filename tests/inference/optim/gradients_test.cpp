#include <ATen/Functions.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "elbow/inference/optim/optimizer.h"
#include "support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using test::no_fault;
using test::same_bits;

const double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(CheckFinite, FindsOneBadElementAnywhere) {
  std::mt19937 random(11);
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    for (const int size : {1, 7, 64, 1001, 100003}) {
      for (const double value : {kNan, kInfinity, -kInfinity}) {
        const Tensor gradients = at::linspace(-1, 1, size, at::TensorOptions().dtype(dtype));
        const auto found = no_fault();
        const Tensor before = gradients.clone();
        check_finite(gradients, at::ones({}), found);
        EXPECT_EQ(found.item<float>(), 0.0f) << size;
        EXPECT_TRUE(same_bits(gradients, before));
        gradients[static_cast<std::int64_t>(random() % size)].fill_(value);
        check_finite(gradients, at::ones({}), found);
        EXPECT_EQ(found.item<float>(), 1.0f) << size << " " << value;
        check_finite(at::zeros_like(gradients), at::ones({}), found);
        EXPECT_EQ(found.item<float>(), 0.0f) << "the flag must fall again";
      }
    }
  }
}

TEST(CheckFinite, FindsABadLoss) {
  for (const double value : {kNan, kInfinity, -kInfinity}) {
    const auto found = no_fault();
    check_finite(at::zeros({5}), at::full({}, value, at::kDouble).set_requires_grad(true), found);
    EXPECT_EQ(found.item<float>(), 1.0f);
    check_finite(at::zeros({5}), at::tensor({1.0, value, 2.0}), found);
    EXPECT_EQ(found.item<float>(), 1.0f);
  }
}

TEST(CheckFinite, LargeFiniteGradientsPass) {
  const auto found = no_fault();
  check_finite(at::full({1000}, 3e38f), at::full({}, -3e38f), found);
  EXPECT_EQ(found.item<float>(), 0.0f);
}

// A gradient of 1e25 is finite and its square is not: Adam's second moment stayed infinite, and the
// run ended at the next checkpoint with a message about that tensor.
TEST(CheckSquares, FindsWhatSecondMomentsCannotHold) {
  const auto flag_of = [](at::ScalarType dtype, double norm) {
    const auto found = no_fault();
    check_squares(at::zeros({1}, dtype), at::full({}, norm, at::kDouble), found);
    return found.item<float>();
  };
  EXPECT_EQ(flag_of(at::kFloat, 1e19), 0.0f);
  EXPECT_EQ(flag_of(at::kFloat, 1e25), 1.0f);
  EXPECT_EQ(flag_of(at::kDouble, 1e25), 0.0f);
  EXPECT_EQ(flag_of(at::kDouble, 1e160), 1.0f);
  const auto found = no_fault();
  found.fill_(1);
  check_squares(at::zeros({1}), at::ones({}, at::kDouble), found);
  EXPECT_EQ(found.item<float>(), 1.0f) << "an earlier find must stay";
}

TEST(ClipGlobalNorm, ScalesDownToTheNormAndKeepsTheDirection) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Tensor gradients = at::tensor({3.0, -4.0, 12.0}, dtype);
    const Tensor norm = clip_global_norm(gradients, 6.5);
    EXPECT_EQ(norm.dim(), 0);
    EXPECT_NEAR(norm.item<double>(), 13.0, 1e-12);
    EXPECT_TRUE(
        at::allclose(gradients, at::tensor({1.5, -2.0, 6.0}, dtype), /*rtol=*/1e-6, /*atol=*/0));
  }
}

TEST(ClipGlobalNorm, LeavesSmallGradientsBitIdentical) {
  const Tensor gradients = at::linspace(-1, 1, 999), before = gradients.clone();
  const double norm = clip_global_norm(gradients, 1e3).item<double>();
  EXPECT_TRUE(same_bits(gradients, before));
  EXPECT_NEAR(norm, before.to(at::kDouble).norm().item<double>(), 1e-5);
  const Tensor zeros = at::zeros({4});
  EXPECT_EQ(clip_global_norm(zeros, 1.0).item<double>(), 0.0);
  EXPECT_TRUE(same_bits(zeros, at::zeros({4})));
}

// Squares above 1e38 overflow float32: an infinite norm would turn this gradient into zeros without
// a word.
TEST(ClipGlobalNorm, HugeFiniteGradientsAreClippedNotZeroed) {
  const Tensor gradients = at::full({4}, 1e25f);
  EXPECT_NEAR(clip_global_norm(gradients, 1.0).item<double>(), 2e25, 1e19);
  EXPECT_TRUE(at::allclose(gradients, at::full({4}, 0.5f)));
}

TEST(ClipGlobalNorm, ABadElementDoesNotSpread) {
  for (const double value : {kNan, kInfinity}) {
    const Tensor gradients = at::full({6}, 5.0);
    gradients[2].fill_(value);
    EXPECT_FALSE(std::isfinite(clip_global_norm(gradients, 1.0).item<double>()));
    EXPECT_EQ(gradients.isfinite().sum().item<int>(), 5);
    EXPECT_EQ(gradients[3].item<float>(), 5.0f);
  }
}

/// The three functions that it does the work of, one after the other.
Tensor by_steps(const Tensor& gradients, const Tensor& loss, double most, const Tensor& found) {
  check_finite(gradients, loss, found);
  const Tensor norm = clip_global_norm(gradients, most);
  check_squares(gradients, norm.clamp_max(most), found);
  return norm;
}

TEST(CheckAndClip, IsTheThreeInOne) {
  for (const auto dtype : {at::kFloat, at::kDouble})
    for (const std::int64_t size : {1, 17, 40001})
      for (const double scale : {1.0, 1e-25, 1e18, 1e25, 1e200, kInfinity, kNan})
        for (const double most : {kInfinity, 0.5})
          for (const double loss : {-3.0, 1e300, kNan}) {
            if (std::isfinite(scale) && scale > 1e30 && dtype == at::kFloat) continue;
            const Tensor gradients = at::linspace(-1, 1.5, size, dtype);
            gradients[size / 2].fill_(scale);
            const Tensor other = gradients.clone(), found = no_fault(), expected = no_fault();
            const Tensor bound = at::full({}, loss, at::kDouble);
            const double norm = check_and_clip(gradients, bound, most, found).item<double>();
            const double want = by_steps(other, bound, most, expected).item<double>();
            SCOPED_TRACE(::testing::Message()
                         << size << " " << scale << " " << most << " " << loss);
            EXPECT_EQ(found.item<float>(), expected.item<float>());
            EXPECT_EQ(std::isfinite(norm), std::isfinite(want));
            if (std::isfinite(want)) {
              EXPECT_NEAR(norm / want, 1, 1e-6);
            }
            EXPECT_TRUE(at::allclose(gradients, other, 1e-6, 0, /*equal_nan=*/true));
            if (most == kInfinity) {
              EXPECT_TRUE(same_bits(gradients, other));
            }
          }
}

TEST(UpdateAverage, IsTheExponentialMovingAverage) {
  const Tensor average = at::tensor({1.0, -2.0}, at::kDouble);
  double expected = 1.0;
  for (int step = 0; step < 20; ++step) {
    const double value = std::sin(step);
    update_average(average, at::full({2}, value, at::kDouble), 0.9, at::zeros({}, at::kFloat));
    expected = 0.9 * expected + 0.1 * value;
    EXPECT_NEAR(average[0].item<double>(), expected, 1e-14);
  }
  const Tensor frozen = average.clone();
  update_average(average, at::zeros({2}, at::kDouble), 1.0, at::zeros({}, at::kFloat));
  EXPECT_TRUE(same_bits(average, frozen));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
