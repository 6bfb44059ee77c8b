// What the values of src/probability/transforms promise at the edges: degenerate parameters,
// float32, tails.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/probability/transforms/composed.h"
#include "elbow/probability/transforms/coupling.h"
#include "elbow/probability/transforms/householder.h"
#include "elbow/probability/transforms/permutation.h"
#include "elbow/probability/transforms/planar.h"
#include "elbow/probability/transforms/radial.h"
#include "elbow/probability/transforms/sylvester.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

Tensor draw(at::IntArrayRef shape, std::uint64_t seed, at::ScalarType dtype = at::kDouble) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kDouble)).to(dtype);
}

Tensor learned(const Tensor& value) { return value.detach().clone().requires_grad_(); }

double largest(const Tensor& x) { return x.abs().max().item<double>(); }

bool is_finite(const Tensor& x) { return x.isfinite().all().item<bool>(); }

TEST(Planar, StaysInvertibleInFloatWhenWuIsHugelyNegative) {
  const auto options = at::TensorOptions(at::kFloat);
  for (const double size : {1.0, 1e2, 1e4, 1e6}) {
    const Tensor w = at::tensor({0.6, -0.7, 0.4}, options);
    const Planar planar(w * -size, w, at::zeros({1}, options), /*has_inverse=*/true);
    EXPECT_GT((planar.u_hat() * w).sum().item<double>(), -1.0) << size;
    // Along w, where the map contracts most.
    const Tensor x = at::linspace(-3, 3, 601, options).unsqueeze(1) * w;
    const auto [y, log_det] = planar.forward_and_log_det(x);
    EXPECT_TRUE(is_finite(log_det)) << size;
    const Tensor along = y.matmul(w);
    EXPECT_GE((along.narrow(0, 1, 600) - along.narrow(0, 0, 600)).min().item<double>(), 0) << size;
    const auto [back, back_log_det] = planar.inverse_and_log_det(y);
    // The slope falls to 1e-4 at the middle: seven digits of y are three of x there.
    EXPECT_LT(largest(back - x), 1e-2) << size;
    EXPECT_TRUE(is_finite(back_log_det)) << size;
  }
}

TEST(Planar, ZeroDirectionGivesAShiftAndFiniteGradients) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Tensor u = learned(draw({3}, 1, dtype)), b = learned(draw({1}, 2, dtype));
    const Tensor w = learned(at::zeros({3}, dtype)), x = draw({5, 3}, 3, dtype);
    const auto [y, log_det] = Planar(u, w, b).forward_and_log_det(x);
    EXPECT_LT(largest(y - x - u * b.tanh()), 1e-6);
    EXPECT_EQ(largest(log_det), 0.0);
    (y.square().sum() + log_det.sum()).backward();
    for (const Tensor& parameter : {u, w, b}) EXPECT_TRUE(is_finite(parameter.grad()));
  }
}

TEST(Planar, GradientOfTheNumericInverseMatchesCentralDifferences) {
  const Tensor u = learned(draw({3}, 4)), w = learned(draw({3}, 5)), b = learned(draw({1}, 6));
  const Tensor y = learned(draw({4, 3}, 7));
  const auto value = [&] {
    const auto [x, log_det] = Planar(u, w, b, /*has_inverse=*/true).inverse_and_log_det(y);
    return x.sin().sum() + log_det.sum();
  };
  value().backward();
  for (const Tensor& parameter : {u, w, b, y}) {
    const Tensor flat = parameter.detach().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const double at_point = flat[i].item<double>(), h = 1e-6;
      flat[i].fill_(at_point + h);
      const double above = value().item<double>();
      flat[i].fill_(at_point - h);
      const double slope = (above - value().item<double>()) / (2 * h);
      flat[i].fill_(at_point);
      EXPECT_NEAR(parameter.grad().view(-1)[i].item<double>(), slope, 1e-7);
    }
  }
}

TEST(Planar, WithoutAnInverseSaysSo) {
  const Planar planar(draw({3}, 1), draw({3}, 2), draw({1}, 3));
  EXPECT_FALSE(planar.has_inverse());
  try {
    planar.inverse_and_log_det(draw({3}, 4));
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_THAT(error.what_without_backtrace(), HasSubstr("planar: this transform has no inverse"));
  }
}

TEST(Radial, IsInvertibleAndFiniteAtItsCenterAndForAnyBeta) {
  for (const auto dtype : {at::kFloat, at::kDouble})
    for (const double beta : {-1e4, -5.0, 0.0, 5.0, 1e4}) {
      const Tensor center = learned(draw({3}, 1, dtype));
      const Tensor log_alpha = learned(draw({1}, 2, dtype));
      const Tensor raw = learned(at::full({1}, beta, dtype));
      const Radial radial(center, log_alpha, raw);
      const Tensor x = at::cat({center.detach().unsqueeze(0), draw({20, 3}, 3, dtype)});
      const auto [y, log_det] = radial.forward_and_log_det(x);
      EXPECT_TRUE(is_finite(log_det));
      const auto [back, back_log_det] = radial.inverse_and_log_det(y);
      EXPECT_LT(largest(back - x), dtype == at::kFloat ? 1e-2 : 1e-9) << beta;
      (y.square().sum() + log_det.sum() + back_log_det.sum()).backward();
      for (const Tensor& parameter : {center, log_alpha, raw})
        EXPECT_TRUE(is_finite(parameter.grad())) << beta;
    }
}

TEST(Householder, ZeroVectorIsTheIdentityWithFiniteGradient) {
  const Tensor v = learned(at::zeros({3}, at::kFloat)), x = draw({5, 3}, 1, at::kFloat);
  const auto [y, log_det] = Householder(v).forward_and_log_det(x);
  EXPECT_TRUE(at::equal(y, x));
  y.square().sum().backward();
  EXPECT_TRUE(is_finite(v.grad()));
}

TEST(Sylvester, LogDeterminantStaysFiniteInFloatForAnyDiagonal) {
  for (const double raw : {-1e3, 1e3}) {
    const Tensor triangles = at::diag_embed(at::full({3}, raw, at::kFloat));
    const Tensor diagonal = at::full({3}, -raw, at::kFloat);
    const Sylvester sylvester(
        SylvesterBasis::identity, Tensor(), triangles, diagonal, at::zeros({3}, at::kFloat));
    const auto [y, log_det] = sylvester.forward_and_log_det(at::zeros({2, 3}, at::kFloat));
    EXPECT_TRUE(is_finite(log_det)) << raw;
  }
}

TEST(Sylvester, BasisOfQrHasOrthonormalColumnsForEachExample) {
  const std::int64_t B = 4, D = 5, M = 3;
  const Tensor basis = draw({B, D, M}, 1);
  const Sylvester sylvester(
      SylvesterBasis::orthogonal, basis, draw({B, M, M}, 2), draw({B, M}, 3), draw({B, M}, 4));
  // What the layer adds lies in the span of the columns.
  const Tensor x = draw({7, B, D}, 5), added = sylvester.forward_and_log_det(x).first - x;
  const Tensor q = std::get<0>(at::linalg_qr(basis));
  const Tensor projected = at::einsum("bdm,bem,kbe->kbd", {q, q, added});
  EXPECT_LT(largest(projected - added), 1e-12);
}

ElementBijector::Function spline(bool forward) {
  const auto bijector = spline_bijector({});
  return forward ? bijector.forward : bijector.inverse;
}

TEST(Spline, IsTheIdentityOutsideAndForZeroParameters) {
  const Tensor x = at::tensor({-100.0, -3.0, -2.0, 0.1, 2.999, 3.0, 50.0}, at::kDouble);
  const Tensor zero = at::zeros({7, 23}, at::kDouble);
  for (const bool forward : {true, false}) {
    const auto [y, log_slope] = spline(forward)(x, zero);
    EXPECT_LT(largest(y - x), 1e-12);
    EXPECT_LT(largest(log_slope), 1e-12);
    const auto [far, far_slope] = spline(forward)(x, draw({7, 23}, 1));
    for (const std::int64_t i : {0, 1, 5, 6}) {
      EXPECT_EQ(far[i].item<double>(), x[i].item<double>());
      EXPECT_EQ(far_slope[i].item<double>(), 0.0);
    }
  }
}

TEST(Spline, ExtremeParametersKeepValuesAndGradientsFiniteInFloat) {
  for (const double scale : {10.0, 100.0, 1000.0})
    for (const bool forward : {true, false}) {
      const Tensor raw = learned(draw({501, 23}, 2, at::kFloat) * scale);
      const Tensor x = learned(at::linspace(-4, 4, 501, at::kFloat));
      const auto [y, log_slope] = spline(forward)(x, raw);
      EXPECT_TRUE(is_finite(y) && is_finite(log_slope)) << scale;
      (y.sum() + log_slope.sum()).backward();
      EXPECT_TRUE(is_finite(raw.grad())) << scale << (forward ? " forward" : " inverse");
      EXPECT_TRUE(is_finite(x.grad())) << scale << (forward ? " forward" : " inverse");
    }
}

TEST(Spline, IsMonotoneAndContinuousAcrossKnots) {
  const Tensor raw = draw({1, 23}, 3).expand({20001, 23});
  const Tensor x = at::linspace(-4, 4, 20001, at::kDouble);
  const auto [y, log_slope] = spline(true)(x, raw);
  const Tensor steps = y.narrow(0, 1, 20000) - y.narrow(0, 0, 20000);
  EXPECT_GT(steps.min().item<double>(), 0.0);
  // A jump would stand out against the slope.
  const double largest_slope = log_slope.exp().max().item<double>();
  EXPECT_LT(steps.max().item<double>(), 1.01 * largest_slope * 8 / 20000);
}

TEST(Composed, AddsLogDeterminantsAndNamesItsParameters) {
  const auto planar = std::make_shared<Planar>(draw({3}, 1), draw({3}, 2), draw({1}, 3), true);
  const auto radial = std::make_shared<Radial>(draw({3}, 4), draw({1}, 5), draw({1}, 6));
  const auto swap = std::make_shared<Permutation>(at::tensor({2, 0, 1}, at::kLong));
  const Composed both({planar, swap, radial});
  const Tensor x = draw({4, 3}, 7);
  const auto [middle, first] = planar->forward_and_log_det(x);
  EXPECT_TRUE(at::equal(swap->forward_and_log_det(middle).first.select(1, 0), middle.select(1, 2)));
  const auto [y, second] = radial->forward_and_log_det(swap->forward_and_log_det(middle).first);
  const auto [ours, log_det] = both.forward_and_log_det(x);
  EXPECT_TRUE(at::equal(ours, y));
  EXPECT_TRUE(at::equal(log_det, first + second));
  EXPECT_LT(largest(both.inverse_and_log_det(y).first - x), 1e-12);
  EXPECT_EQ(both.parameters().size(), 6u);
  EXPECT_EQ(both.parameters().front().first, "0.u");
  EXPECT_EQ(both.parameters().back().first, "2.beta");
  const Composed none({});
  EXPECT_TRUE(none.has_inverse() && at::equal(none.forward_and_log_det(x).first, x));
  EXPECT_EQ(none.forward_and_log_det(x).second.sizes(), at::IntArrayRef({4}));
}

TEST(Coupling, LeavesTheKeptCoordinatesAlone) {
  const Tensor kept = at::tensor({0, 3}, at::kLong), changed = at::tensor({1, 2, 4}, at::kLong);
  Conditioner conditioner;
  conditioner.tensors = {draw({6, 2}, 1)};
  conditioner.function = [](const std::vector<Tensor>& tensors, const Tensor& x) {
    return x.matmul(tensors[0].t());
  };
  const Coupling coupling(kept, changed, conditioner, affine_bijector(3.0));
  const Tensor x = draw({7, 5}, 2), y = coupling.forward_and_log_det(x).first;
  EXPECT_TRUE(at::equal(y.index_select(1, kept), x.index_select(1, kept)));
  EXPECT_GT((y - x).index_select(1, changed).abs().min().item<double>(), 0.0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
