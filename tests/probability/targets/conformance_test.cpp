// Every target of the factory keeps the contract of target.h.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "probability/targets/examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::build;
using testing::Case;
using testing::seeded;

const auto kDoubles = at::TensorOptions(at::kDouble);

class Targets : public ::testing::TestWithParam<Case> {
 protected:
  const TargetPtr target_ = build(GetParam().config);
};
INSTANTIATE_TEST_SUITE_P(All, Targets, ::testing::ValuesIn(testing::cases()), [](const auto& test) {
  return test.param.label;
});

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

Tensor normal_points(std::uint64_t seed, at::IntArrayRef shape) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), kDoubles);
}

/// Points of the plane and their weights: a trapezoid sum, which converges geometrically for a
/// smooth integrand that vanishes at the ends.
struct Grid {
  Tensor points, weights;  // [N, 2], [N]
};

Grid grid(double left, double right, double bottom, double top, double step_1, double step_2) {
  const Tensor z1 = at::arange(left, right, step_1, kDoubles),
               z2 = at::arange(bottom, top, step_2, kDoubles);
  const Tensor points = at::stack({z1.unsqueeze(1).expand({-1, z2.size(0)}).reshape({-1}),
                                   z2.unsqueeze(0).expand({z1.size(0), -1}).reshape({-1})},
                                  1);
  return {points, at::full({points.size(0)}, step_1 * step_2, kDoubles)};
}

/// The funnel's x is taken in units of e^(v/2), since no even grid covers both ends; x^2 moves the
/// mass to v = 9.
Grid funnel_grid() {
  Grid out = grid(-27, 36, -9, 9, 0.25, 0.25);
  const Tensor width = (out.points.select(1, 0) * 0.5).exp();
  out.points.select(1, 1).mul_(width);
  out.weights = out.weights * width;
  return out;
}

Grid grid_of(const Case& test) {
  const std::string type = test.config.at("type");
  // The cone of u1 at the origin has a weight of 1e-7, and only there is the sum of fourth order.
  if (type == "u1") return grid(-6, 6, -6, 6, 0.01, 0.01);
  if (type == "funnel") return funnel_grid();
  if (test.label == "banana") return grid(-90, 90, -15, 255, 0.25, 0.3);
  if (type == "banana") return grid(-18, 18, -175, 12, 0.1, 0.25);
  if (type == "gaussian" || type == "mixture") return grid(-12, 12, -12, 12, 0.05, 0.05);
  return grid(-24, 24, -10, 10, 0.025, 0.05);
}

TEST_P(Targets, NormaliserAndMomentsAreThoseOfQuadrature) {
  // In more dimensions the golden values, which are of normalised densities, say the same.
  if (target_->size() != 2) GTEST_SKIP() << "has more than two dimensions: golden values hold it";
  if (!target_->log_normaliser()) GTEST_SKIP() << "has no known normaliser";
  const Grid g = grid_of(GetParam());
  const Tensor mass = target_->log_density(g.points).exp() * g.weights;
  const double total = mass.sum().item<double>();
  EXPECT_NEAR(std::log(total), *target_->log_normaliser(), 1e-9);
  const Tensor mean = (mass.unsqueeze(1) * g.points).sum(0) / total;
  const Tensor centred = g.points - mean;
  const Tensor covariance = (centred * mass.unsqueeze(1)).t().matmul(centred) / total;
  const Moments moments = target_->moments().value();
  const Tensor scale = moments.covariance.abs().clamp_min(1.0);
  EXPECT_LT(largest_difference(mean, moments.mean), 1e-8) << mean;
  EXPECT_LT(largest_difference(covariance / scale, moments.covariance / scale), 1e-8) << covariance;
}

TEST_P(Targets, ShapesForBatchRanksZeroToTwo) {
  const std::int64_t size = target_->size();
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Tensor z = normal_points(1, {2, 3, size}).to(dtype);
    const Tensor density = target_->log_density(z);
    EXPECT_EQ(density.sizes(), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(density.scalar_type(), dtype);
    EXPECT_EQ(target_->log_density(z[0]).sizes(), std::vector<std::int64_t>{3});
    EXPECT_EQ(target_->log_density(z[0][0]).dim(), 0);
    EXPECT_TRUE(at::allclose(target_->log_density(z[1]), density[1], 1e-5, 1e-5));
  }
  EXPECT_THROW(target_->log_density(at::zeros({3, size + 1})), c10::Error);
  EXPECT_THROW(target_->log_density(at::zeros({})), c10::Error);
}

TEST_P(Targets, GradientIsThatOfCentralDifferences) {
  const Tensor z = (normal_points(2, {20, target_->size()}) * 1.5).requires_grad_();
  target_->log_density(z).sum().backward();
  const double h = 1e-5;
  for (std::int64_t d = 0; d < target_->size(); ++d) {
    Tensor step = at::zeros({target_->size()}, kDoubles);
    step[d].fill_(h);
    const Tensor point = z.detach();
    const Tensor difference =
        (target_->log_density(point + step) - target_->log_density(point - step)) / (2 * h);
    const Tensor scale = difference.abs().clamp_min(1.0);
    EXPECT_LT(largest_difference(z.grad().select(1, d) / scale, difference / scale), 1e-6);
  }
}

// The corners of [-100, 100]^D, the ends of the axes, and the origin, where norms have no slope.
Tensor far_points(std::int64_t size) {
  const Tensor ends = at::eye(size, kDoubles) * 100;
  const Tensor ones = at::full({1, size}, 100.0, kDoubles);
  const Tensor mixed = ones * at::arange(size, kDoubles).remainder(2).mul(2).sub(1);
  return at::cat({at::zeros({1, size}, kDoubles), ends, -ends, ones, -ones, mixed, -mixed});
}

TEST_P(Targets, FarPointsAreStableInFloat32) {
  const Tensor wide = far_points(target_->size());
  const Tensor z = wide.to(at::kFloat).requires_grad_();
  const Tensor density = target_->log_density(z);
  const Tensor expected = target_->log_density(wide);
  // float32 rounds the phase of a wave 100 units out to 1e-5.
  const Tensor inside = expected.abs() < 1e38;
  const Tensor error = ((density.to(at::kDouble) - expected) / expected.abs().clamp_min(1.0)).abs();
  EXPECT_TRUE((error < 1e-3).logical_or(inside.logical_not()).all().item<bool>()) << error;
  // What float32 cannot hold is the density 0, not NaN.
  EXPECT_TRUE(density.isneginf().logical_or(inside).all().item<bool>()) << density;
  density.sum().backward();
  EXPECT_FALSE(z.grad().isnan().any().item<bool>()) << z.grad();
}

/// Mean of draws [N, ...] within five standard errors of the expectation, everywhere: fails by
/// chance with probability 6e-7 per number, and never once the seed has passed.
void expect_mean(const Tensor& draws, const Tensor& expectation, const char* what) {
  const double count = static_cast<double>(draws.size(0));
  const Tensor error = draws.std(0, /*unbiased=*/true) / std::sqrt(count);
  const Tensor deviation = (draws.mean(0) - expectation).abs() / error.clamp_min(1e-12);
  EXPECT_LT(deviation.max().item<double>(), 5.0) << what << "\n" << draws.mean(0) << expectation;
}

TEST_P(Targets, DrawsHaveTheMoments) {
  if (!target_->has_sample()) GTEST_SKIP() << "has no draws";
  auto source = seeded(3);
  Tensor z = target_->sample(100000, source);
  ASSERT_EQ(z.sizes(), (std::vector<std::int64_t>{100000, target_->size()}));
  Moments moments = target_->moments().value();
  if (target_->name() == "funnel") {
    // e^v has too heavy a tail for a mean of draws: x in units of e^(v/2) is standard normal.
    const Tensor v = z.narrow(1, 0, 1), x = z.narrow(1, 1, target_->size() - 1);
    z = at::cat({v / 3, x * (v * -0.5).exp()}, 1);
    moments.covariance = at::eye(target_->size(), kDoubles);
  }
  const Tensor centred = z - moments.mean;
  expect_mean(z, moments.mean, "mean");
  expect_mean(centred.unsqueeze(1) * centred.unsqueeze(2), moments.covariance, "covariance");
}

TEST_P(Targets, DrawsAreKeyed) {
  auto source = seeded(4);
  if (!target_->has_sample()) {
    EXPECT_THROW(target_->sample(3, source), c10::Error);
    return;
  }
  KeyedSource all(1, Purpose::sampling, {0, 1, 2}, {0}), last(1, Purpose::sampling, {2}, {0});
  const Tensor z = target_->sample(3, all);
  EXPECT_TRUE(at::equal(z.narrow(0, 2, 1), target_->sample(1, last)));
}

TEST_P(Targets, PropertiesOfTheRowAreTrueAndKeysAreRead) {
  const ConfigNode config = testing::resolved(GetParam().config);
  const TargetPtr target = target_factory().create(config);
  EXPECT_EQ(target->name(), config.type());
  EXPECT_TRUE(config.unread().empty());
  for (const ComponentInfo& info : target_factory().infos()) {
    if (info.name != target->name()) continue;
    const auto& traits = std::get<TargetTraits>(info.traits);
    EXPECT_EQ(traits.has_sample, target->has_sample());
    if (traits.size != 0) {
      EXPECT_EQ(traits.size, target->size());
    }
    EXPECT_FALSE(info.paper.empty());
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
