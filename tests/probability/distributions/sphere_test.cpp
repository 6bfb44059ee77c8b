// Distributions on the sphere beyond what every distribution must keep.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/probability/distributions/kl.h"
#include "probability/distributions/conformance_support.h"
#include "probability/distributions/golden_values.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

const auto kDoubles = at::TensorOptions(at::kDouble);

Tensor axis(std::int64_t L, const at::TensorOptions& options) { return at::eye(L, options)[0]; }

VonMisesFisher along_axis(std::int64_t L, double kappa, at::ScalarType dtype = at::kDouble) {
  const auto options = at::TensorOptions(dtype);
  return {axis(L, options), at::full({}, std::log(kappa), options)};
}

TEST(VonMisesFisher, NormaliserMeanAndKlAgreeWithSixtyDigits) {
  for (const auto& row : testing::golden_cases().at("von_mises_fisher").at("table")) {
    const std::int64_t L = row.at(0);
    const double kappa = row.at(1), log_normaliser = row.at(2), ratio = row.at(3), kl = row.at(4);
    for (const auto dtype : {at::kDouble, at::kFloat}) {
      const auto p = along_axis(L, kappa, dtype);
      const auto options = at::TensorOptions(dtype);
      // log kappa itself is rounded, which moves kappa, and so the normaliser, by this much.
      const double unit = dtype == at::kDouble ? 1e-13 : 6e-7;
      const double scale = unit * (100 + std::abs(log_normaliser + kappa) + static_cast<double>(L));
      const Tensor at_mode = p.log_prob(axis(L, options));
      EXPECT_NEAR(at_mode.item<double>(), log_normaliser + kappa, scale) << L << " " << kappa;
      EXPECT_NEAR(p.mean()[0].item<double>(), ratio, 10 * unit) << L << " " << kappa;
      EXPECT_NEAR(p.kl_to_uniform().item<double>(), kl, scale + unit * kappa) << L << " " << kappa;
    }
  }
}

TEST(VonMisesFisher, KlToUniformHasPublishedValues) {
  const auto kl = [](std::int64_t L, double kappa) {
    const auto p = along_axis(L, kappa);
    return kl_divergence(p, UniformSphere(at::zeros({L}, kDoubles)))->item<double>();
  };
  EXPECT_NEAR(kl(3, 1), 0.151595924, 1e-9);
  EXPECT_NEAR(kl(11, 10), 2.438344530, 1e-9);
  EXPECT_NEAR(kl(11, 100), 12.069264378, 1e-9);
}

TEST(VonMisesFisher, DensityIntegratesToOneOnTheCircle) {
  const Tensor angle = at::arange(400, kDoubles) * (2 * M_PI / 400);
  const Tensor points = at::stack({angle.cos(), angle.sin()}, 1);
  for (const double kappa : {1e-3, 1.0, 40.0, 300.0}) {
    const VonMisesFisher p(at::tensor({0.3, -2.0}, kDoubles),
                           at::full({}, std::log(kappa), kDoubles));
    EXPECT_NEAR(p.log_prob(points).exp().sum().item<double>() * 2 * M_PI / 400, 1.0, 1e-11);
  }
}

// d angle / d log kappa reaches log_concentration through the first coordinate, cos(angle); the
// conformance test covers L = 3 only. Per-draw errors have mean zero: five standard errors, 6e-7.
TEST(VonMisesFisher, GradientInKappaIsThatOfTheMeanForAnySize) {
  for (const std::int64_t L : {2, 4, 5, 20, 128})
    for (const double kappa : {0.01, 2.0, 50.0, 5000.0}) {
      const Tensor log_kappa = at::full({10000}, std::log(kappa), kDoubles).requires_grad_();
      const VonMisesFisher p(axis(L, kDoubles).expand({10000, L}), log_kappa);
      auto source = testing::seeded(21);
      const Tensor draw = p.rsample({}, source);
      EXPECT_LT((draw.square().sum(-1) - 1).abs().max().item<double>(), 1e-13);
      testing::expect_mean(draw.select(-1, 0).detach(), p.mean()[0][0].detach(), "mean");
      const auto of = [&](const Tensor& x) {
        return torch::autograd::grad({x.select(-1, 0).sum()}, {log_kappa})[0];
      };
      const Tensor error = of(draw) - of(p.mean());
      testing::expect_mean(error, at::zeros({}, kDoubles), "gradient");
    }
}

// In R^3 the distribution function of w = cos(angle) has a closed inverse,
// w = log1p(u expm1(2 kappa)) / kappa - 1.
TEST(VonMisesFisher, GradientIsImplicitDifferentiationOfItsFunction) {
  for (const double kappa : {0.1, 3.0, 10.0}) {
    const Tensor log_kappa = at::full({500}, std::log(kappa), kDoubles).requires_grad_();
    auto source = testing::seeded(23);
    const Tensor w = VonMisesFisher(axis(3, kDoubles).expand({500, 3}), log_kappa)
                         .rsample({}, source)
                         .select(-1, 0);
    w.sum().backward();
    const Tensor u = ((w.detach() + 1) * kappa).expm1() / std::expm1(2 * kappa);
    const auto inverse = [&](double k) { return (u * std::expm1(2 * k)).log1p() / k - 1; };
    const double h = 1e-5 * kappa;
    const Tensor slope = (inverse(kappa + h) - inverse(kappa - h)) / (2e-5);
    EXPECT_LT((log_kappa.grad() - slope).abs().max().item<double>(), 1e-8) << kappa;
  }
}

// A direction on either side of the plane where the reflection changes.
TEST(VonMisesFisher, ReflectionIsSmoothNearBothPoles) {
  for (const double first : {1.0, -1.0}) {
    const Tensor loc = at::tensor({first, 1e-9, 0.0}, kDoubles).requires_grad_();
    const VonMisesFisher p(loc, at::full({1}, 3.0, kDoubles));
    auto source = testing::seeded(22);
    p.rsample({100}, source).sin().sum().backward();
    EXPECT_LT(loc.grad().abs().max().item<double>(), 1e3);
  }
}

TEST(VonMisesFisher, TakesAColumnOfConcentrations) {
  const Tensor loc = at::ones({4, 3}, kDoubles), column = at::ones({4, 1}, kDoubles);
  const VonMisesFisher p(loc, column), q(loc, column.squeeze(-1));
  EXPECT_EQ(p.batch_shape(), Shape{4});
  EXPECT_TRUE(at::equal(p.entropy(), q.entropy()));
}

TEST(Sphere, OutsideHasNoDensity) {
  const Tensor off = at::full({3}, 0.9, kDoubles);
  EXPECT_TRUE(along_axis(3, 2.0).log_prob(off).isneginf().item<bool>());
  EXPECT_TRUE(UniformSphere(at::zeros({3}, kDoubles)).log_prob(off).isneginf().item<bool>());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
