// Counting matrix products, and timing in windows.
#include <ATen/ops/bmm.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sum.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "elbow/runs/benchmark/matrix_work.h"
#include "elbow/runs/benchmark/rate.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using at::Tensor;

TEST(MatrixWork, CountsProductsForwardAndBackward) {
  const Tensor x = at::ones({5, 3}), weight = at::ones({4, 3}).requires_grad_();
  const MatrixWork work =
      count_matrix_work([&] { at::linear(x, weight, at::ones({4})).sum().backward(); });
  // Forward, and for the weights alone.
  EXPECT_EQ(flops_of(work), 2 * 2.0 * 5 * 3 * 4);
  EXPECT_EQ(flops_of(count_matrix_work([] {
              at::bmm(at::ones({7, 2, 3}), at::ones({7, 3, 4}));
            })),
            2.0 * 7 * 2 * 3 * 4);
  EXPECT_TRUE(count_matrix_work([&] { x.sum(); }).empty());
}

TEST(MatrixWork, AConvolutionIsAProductOverItsPatches) {
  const auto convolve = [](const Tensor& x, const Tensor& weight, bool is_transposed) {
    return at::convolution(x, weight, {}, {2, 2}, {1, 1}, {1, 1}, is_transposed, {0, 0}, 1);
  };
  const Tensor image = at::ones({2, 3, 8, 8}), weight = at::ones({5, 3, 4, 4}).requires_grad_();
  // Each of 4 x 4 outputs meets the whole kernel; twice with the gradient of the weights.
  EXPECT_EQ(flops_of(count_matrix_work([&] { convolve(image, weight, false).sum().backward(); })),
            2 * 2.0 * 2 * 16 * 5 * 3 * 16);
  // Transposed, each of the 4 x 4 inputs does.
  const Tensor code = at::ones({2, 5, 4, 4}).requires_grad_();
  EXPECT_EQ(flops_of(count_matrix_work([&] { convolve(code, weight, true).sum().backward(); })),
            3 * 2.0 * 2 * 16 * 5 * 3 * 16);
}

TEST(Rate, TakesTheMedianOfItsWindows) {
  const Rate odd = Rate::of({3, 1, 2}), even = Rate::of({4, 1, 2, 3});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.lowest, 1);
  EXPECT_EQ(odd.highest, 3);
  EXPECT_EQ(odd.windows, (std::vector<double>{3, 1, 2}));
  EXPECT_EQ(even.median, 2.5);
  double done = 0;
  const Rate rate = measure_rate({0.05, 5}, [&done](std::int64_t times) {
    done += static_cast<double>(times);
    return static_cast<double>(times);
  });
  EXPECT_GT(rate.lowest, 0);
  EXPECT_LE(rate.windows.size(), 5u);
  EXPECT_GT(done, 0);
}

// A piece that is a million samples is not asked for a million times between two looks at the
// clock.
TEST(Benchmark, PiecesOfManySamplesAreAskedForOneByOne) {
  std::int64_t pieces = 0;
  const Rate rate = measure_rate({0.05, 5}, [&pieces](std::int64_t times) {
    pieces += times;
    std::this_thread::sleep_for(std::chrono::milliseconds(30) * times);
    return 1e6 * static_cast<double>(times);
  });
  EXPECT_LE(pieces, 8);
  EXPECT_GT(rate.median, 1e6);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
