// What every support's bijection promises: the inverse, the log-determinant, shapes, gradients,
// extremes.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "probability/transforms/support_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace elbow::testing;
using ::testing::HasSubstr;

const std::vector<Shape> kBatches = {{}, {5}, {2, 3}};

double largest(const Tensor& x) { return x.numel() == 0 ? 0 : x.abs().max().item<double>(); }

bool is_finite(const Tensor& x) { return x.isfinite().all().item<bool>(); }

/// A number that depends on every part of y and on the log-determinant.
Tensor mixed(const std::pair<Tensor, Tensor>& result) {
  const Tensor& y = result.first;
  const Tensor weights = at::linspace(0.5, 1.5, y.numel(), y.options()).reshape(y.sizes());
  return (y * weights).sum() + result.second.sum();
}

class SupportBijection : public ::testing::TestWithParam<SupportExample> {
 protected:
  Tensor base(const Shape& batch, std::uint64_t seed, double scale = 1) const {
    return normal_numbers(batch_of(batch, GetParam().base_shape()), seed, scale);
  }
  Tensor is_inside(const Tensor& y) const {
    return GetParam().support.contains(y, GetParam().event_shape);
  }
  TransformPtr bijection_ = GetParam().bijection();
};
INSTANTIATE_TEST_SUITE_P(All, SupportBijection, ::testing::ValuesIn(support_examples()), label_of);

// Not the one factor of a 1 x 1 correlation and the one share of a simplex of one: points.
class SupportGradient : public SupportBijection {};
INSTANTIATE_TEST_SUITE_P(All,
                         SupportGradient,
                         ::testing::ValuesIn(support_examples_where([](const auto& example) {
                           return num_elements(example.base_shape()) > 0;
                         })),
                         label_of);

// Not single numbers, for which every shape is one of a batch.
class SupportShape : public SupportBijection {};
INSTANTIATE_TEST_SUITE_P(All,
                         SupportShape,
                         ::testing::ValuesIn(support_examples_where([](const auto& example) {
                           return !example.base_shape().empty();
                         })),
                         label_of);

TEST_P(SupportBijection, InverseUndoesForwardAndForwardTheInverse) {
  for (const Shape& batch : kBatches) {
    const Tensor x = base(batch, 1, 1.5);
    const auto [y, log_det] = bijection_->forward_and_log_det(x);
    const auto [back, back_log_det] = bijection_->inverse_and_log_det(y);
    EXPECT_LT(largest(back - x), 1e-12);
    EXPECT_LT(largest(back_log_det + log_det), 1e-11);
    const auto [again, again_log_det] = bijection_->forward_and_log_det(back);
    EXPECT_LT(largest(again - y), 1e-12 * (1 + largest(y)));
    EXPECT_LT(largest(again_log_det - log_det), 1e-11);
  }
}

TEST_P(SupportBijection, LogDetIsThatOfTheJacobianOfTheFreeCoordinates) {
  for (const std::uint64_t seed : {2, 3, 4}) {
    const Tensor x = base({}, seed).requires_grad_();
    const auto [y, log_det] = bijection_->forward_and_log_det(x);
    const Tensor free = free_coordinates(GetParam(), y);
    ASSERT_EQ(free.numel(), x.numel());
    std::vector<Tensor> rows;
    for (std::int64_t i = 0; i < free.numel(); ++i)
      rows.push_back(
          torch::autograd::grad({free[i]}, {x}, {}, /*retain_graph=*/true)[0].reshape({-1}));
    const Tensor expected = rows.empty() ? at::zeros({}, at::kDouble)
                                         : std::get<1>(at::linalg_slogdet(at::stack(rows)));
    EXPECT_NEAR(log_det.item<double>(), expected.item<double>(), 1e-10);
  }
}

TEST_P(SupportBijection, ImagesLieOnTheSupport) {
  for (const Shape& batch : kBatches)
    for (const auto dtype : {at::kDouble, at::kFloat}) {
      const Tensor x = base(batch, 5, 2).to(dtype);
      const Tensor inside = is_inside(bijection_->forward_and_log_det(x).first);
      EXPECT_EQ(inside.sizes(), at::IntArrayRef(batch));
      EXPECT_TRUE(inside.all().item<bool>());
    }
}

TEST_P(SupportBijection, ShapesAreThoseThatItStates) {
  const Shape event = GetParam().event_shape, base_shape = GetParam().base_shape();
  EXPECT_EQ(bijection_->event_ndims(), static_cast<std::int64_t>(base_shape.size()));
  EXPECT_EQ(bijection_->output_event_ndims(), static_cast<std::int64_t>(event.size()));
  EXPECT_TRUE(bijection_->has_inverse());
  EXPECT_TRUE(bijection_->parameters().empty());
  for (const Shape& batch : kBatches) {
    const Tensor x = base(batch, 6);
    const auto [y, log_det] = bijection_->forward_and_log_det(x);
    EXPECT_EQ(y.sizes(), at::IntArrayRef(batch_of(batch, event)));
    EXPECT_EQ(log_det.sizes(), at::IntArrayRef(batch));
    EXPECT_EQ(bijection_->forward_shape(x.sizes().vec()), y.sizes().vec());
    EXPECT_EQ(bijection_->inverse_shape(y.sizes().vec()), x.sizes().vec());
    const auto [back, back_log_det] = bijection_->detach()->inverse_and_log_det(y);
    EXPECT_EQ(back.sizes(), x.sizes());
    EXPECT_EQ(back_log_det.sizes(), at::IntArrayRef(batch));
  }
}

TEST_P(SupportBijection, ABatchIsItsExamplesOneByOne) {
  const Tensor x = base({4}, 7);
  const auto [y, log_det] = bijection_->forward_and_log_det(x);
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto [alone, alone_log_det] = bijection_->forward_and_log_det(x[i]);
    EXPECT_LT(largest(alone - y[i]), 1e-14);
    EXPECT_LT(largest(alone_log_det - log_det[i]), 1e-14);
  }
}

TEST_P(SupportGradient, GradientsMatchCentralDifferences) {
  const Tensor x = base({2}, 8).requires_grad_(), flat = x.detach().view(-1);
  const auto value = [&] { return mixed(bijection_->forward_and_log_det(x)); };
  value().backward();
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double at_point = flat[i].item<double>(), h = 1e-5;
    flat[i].fill_(at_point + h);
    const double above = value().item<double>();
    flat[i].fill_(at_point - h);
    const double slope = (above - value().item<double>()) / (2 * h);
    flat[i].fill_(at_point);
    EXPECT_NEAR(x.grad().view(-1)[i].item<double>(), slope, 1e-7 * (1 + std::abs(slope)));
  }
}

TEST_P(SupportGradient, GradientsOfTheInverseAreThoseOfWhatItUndoes) {
  const Tensor x = base({3}, 9).requires_grad_();
  const Tensor y = bijection_->forward_and_log_det(x).first;
  const Tensor through = torch::autograd::grad({mixed(bijection_->inverse_and_log_det(y))}, {x})[0];
  const Tensor log_det = bijection_->forward_and_log_det(x).second;
  const Tensor expected = torch::autograd::grad({mixed({x, -log_det})}, {x})[0];
  EXPECT_LT(largest(through - expected), 1e-9);
}

TEST_P(SupportBijection, Float32AgreesWithFloat64) {
  const Tensor x = base({7}, 10).to(at::kFloat).to(at::kDouble);
  const auto [y, log_det] = bijection_->forward_and_log_det(x);
  const auto [single_y, single_log_det] = bijection_->forward_and_log_det(x.to(at::kFloat));
  EXPECT_EQ(single_y.scalar_type(), at::kFloat);
  EXPECT_EQ(single_log_det.scalar_type(), at::kFloat);
  EXPECT_LT(largest(single_y.to(at::kDouble) - y), 1e-5 * (1 + largest(y)));
  EXPECT_LT(largest(single_log_det.to(at::kDouble) - log_det), 1e-5 * (1 + largest(log_det)));
}

/// Corners, edges and one-sided points of a cube, [N, event].
Tensor far_points(const Shape& base_shape, double size) {
  const std::int64_t count = num_elements(base_shape);
  const auto options = at::TensorOptions(at::kDouble);
  std::vector<Tensor> points = {at::full({count}, size, options),
                                at::full({count}, -size, options)};
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Tensor signs = normal_numbers({count}, seed).sign();
    points.push_back(signs * size);
    // Some coordinates moderate beside others at the edge.
    points.push_back(at::where(normal_numbers({count}, seed + 100) > 0, signs * size, signs * 0.3));
  }
  return at::stack(points).reshape(
      batch_of({static_cast<std::int64_t>(points.size())}, base_shape));
}

TEST_P(SupportBijection, ExtremeNumbersStayFiniteAndOnTheSupport) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const double size = dtype == at::kFloat ? 40 : 700;
    const Tensor x = far_points(GetParam().base_shape(), size).to(dtype).requires_grad_();
    const auto [y, log_det] = bijection_->forward_and_log_det(x);
    EXPECT_TRUE(is_finite(y) && is_finite(log_det)) << dtype;
    EXPECT_TRUE(is_inside(y).all().item<bool>()) << dtype;
    mixed({y, log_det}).backward();
    EXPECT_TRUE(x.numel() == 0 || is_finite(x.grad())) << dtype;
  }
}

TEST_P(SupportBijection, LogDetKeepsItsDigitsAtExtremeNumbers) {
  const Tensor x = far_points(GetParam().base_shape(), 40).to(at::kFloat);
  const Tensor exact = bijection_->forward_and_log_det(x.to(at::kDouble)).second;
  const Tensor single = bijection_->forward_and_log_det(x).second.to(at::kDouble);
  EXPECT_LT(largest((single - exact) / (exact.abs() + 1)), 2e-6);
}

TEST_P(SupportShape, RefusesOthersInWords) {
  Shape wrong = GetParam().base_shape();
  ++wrong.back();
  const auto message_of = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "nothing was thrown";
  };
  std::ostringstream expected;
  expected << "expected a shape that ends in " << at::IntArrayRef(GetParam().base_shape())
           << ", got " << at::IntArrayRef(batch_of({2}, wrong));
  const auto forward = [&] {
    bijection_->forward_and_log_det(normal_numbers(batch_of({2}, wrong), 1));
  };
  EXPECT_THAT(message_of(forward), HasSubstr(expected.str()));
  EXPECT_THAT(message_of([&] { bijection_->forward_shape(wrong); }), HasSubstr("ends in"));
  Shape wrong_event = GetParam().event_shape;
  ++wrong_event.back();
  EXPECT_THAT(message_of([&] { bijection_->inverse_and_log_det(normal_numbers(wrong_event, 1)); }),
              HasSubstr("inverse: expected a shape that ends in"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
