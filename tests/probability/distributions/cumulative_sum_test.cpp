// Running sums, as the CPU and as other devices have them.
#include "elbow/probability/distributions/cumulative_sum.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <vector>

#include "support/seeded.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using at::Tensor;

Tensor numbers(at::IntArrayRef shape) {
  return testing::seeded(7).normal(shape, at::TensorOptions(at::kDouble));
}

TEST(CumulativeSum, IsThatOfLibTorchForEverySize) {
  for (const std::int64_t n : {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 100}) {
    const Tensor x = numbers({3, 2, n});
    const Tensor expected = x.cumsum(-1);
    EXPECT_TRUE(at::equal(cumulative_sum(x), expected)) << n;
    const Tensor scanned = scanned_sum(x);
    ASSERT_EQ(scanned.sizes(), expected.sizes()) << n;
    EXPECT_TRUE(at::allclose(scanned, expected, /*rtol=*/1e-14, /*atol=*/1e-14)) << n;
    EXPECT_TRUE(at::allclose(scanned_sum(x.transpose(0, -1).contiguous().transpose(0, -1)),
                             expected,
                             /*rtol=*/1e-14,
                             /*atol=*/1e-14))
        << n << ", strided";
  }
}

TEST(CumulativeSum, HasTheGradientOfCentralDifferences) {
  const Tensor x = numbers({2, 5}).requires_grad_(), weights = numbers({2, 5}).exp();
  const auto value = [&](const Tensor& point) {
    return (scanned_sum(point).square() * weights).sum();
  };
  const Tensor slope = torch::autograd::grad({value(x)}, {x})[0];
  const double step = 1e-5;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    Tensor above = x.detach().clone(), below = x.detach().clone();
    above.view(-1)[i] += step;
    below.view(-1)[i] -= step;
    EXPECT_NEAR(slope.reshape({-1})[i].item<double>(),
                (value(above) - value(below)).item<double>() / (2 * step),
                1e-7);
  }
}

// log 0 in a stick that has nothing left must not make a NaN of what lies before it.
TEST(CumulativeSum, InfinityAndNanReachLaterSumsOnly) {
  for (const double odd : std::vector<double>{INFINITY, -INFINITY, std::nan("")}) {
    for (const std::int64_t place : {0, 2, 4}) {
      Tensor x = numbers({5});
      x[place] = odd;
      const Tensor scanned = scanned_sum(x), expected = x.cumsum(-1);
      EXPECT_TRUE(
          at::allclose(scanned, expected, /*rtol=*/1e-14, /*atol=*/1e-14, /*equal_nan=*/true))
          << odd << " at " << place << ": " << scanned;
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
