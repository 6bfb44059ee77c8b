// The walk back through a graph of the CPU against LibTorch's engine, which is the specification.
#include "elbow/inference/estimators/serial_backward.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <functional>

namespace elbow {
namespace ELBOW_TEST_FILE {

using Loss = std::function<Tensor(const std::vector<Tensor>& leaves)>;

std::vector<Tensor> fresh_leaves(at::ScalarType dtype) {
  at::manual_seed(3);
  std::vector<Tensor> leaves;
  for (const Shape& shape : {Shape{4, 5}, Shape{5}, Shape{4, 1}, Shape{5, 3}})
    leaves.push_back(at::randn(shape, dtype).requires_grad_());
  return leaves;
}

void expect_bits_of_engine(const Loss& loss) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const auto ours = fresh_leaves(dtype), theirs = fresh_leaves(dtype);
    // Twice: the second time there is a gradient to add to.
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(try_serial_backward(loss(ours)));
      torch::autograd::backward({loss(theirs)}, {});
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
      ASSERT_EQ(ours[i].grad().defined(), theirs[i].grad().defined()) << i;
      if (ours[i].grad().defined()) {
        EXPECT_TRUE(at::equal(ours[i].grad(), theirs[i].grad())) << i;
      }
    }
  }
}

TEST(SerialBackward, HasTheBitsOfTheEngine) {
  // Broadcasting, a value used several times, views, and a leaf that is not used.
  expect_bits_of_engine([](const std::vector<Tensor>& x) {
    const Tensor a = (x[0] * x[1] + x[2]).tanh(), b = a.matmul(x[3]);
    return (a.exp() * x[1] + a.narrow(1, 0, 1)).mean() + b.square().sum() + (b * b.sin()).sum();
  });
  expect_bits_of_engine([](const std::vector<Tensor>& x) {
    const auto parts = x[0].unbind(1);
    return (parts[0] * parts[3] + x[2].squeeze(1) / 3).logsumexp(0) + x[0].sum();
  });
  // A leaf alone.
  expect_bits_of_engine([](const std::vector<Tensor>& x) { return x[1].sum(); });
}

TEST(SerialBackward, LeavesNothingToAnotherPass) {
  const auto x = fresh_leaves(at::kDouble);
  const Tensor loss = (x[0].exp() * x[1]).sum();
  ASSERT_TRUE(try_serial_backward(loss));
  EXPECT_THROW(torch::autograd::backward({loss}, {}), c10::Error);
}

TEST(SerialBackward, LeavesHooksAndAnomaliesToTheEngine) {
  const auto x = fresh_leaves(at::kDouble);
  const Tensor middle = x[0].exp();
  middle.retain_grad();
  EXPECT_FALSE(try_serial_backward(middle.sum()));
  EXPECT_FALSE(x[0].grad().defined());

  int num_calls = 0;
  const Tensor hooked = x[1].exp();
  hooked.register_hook([&num_calls](const Tensor& gradient) { return ++num_calls, gradient; });
  EXPECT_FALSE(try_serial_backward(hooked.sum()));
  EXPECT_EQ(num_calls, 0);

  EXPECT_FALSE(try_serial_backward(x[2].detach().sum()));
  torch::autograd::AnomalyMode::set_enabled(true);
  const Tensor watched = x[2].sum();
  const bool was_walked = try_serial_backward(watched);
  torch::autograd::AnomalyMode::set_enabled(false);
  EXPECT_FALSE(was_walked);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
