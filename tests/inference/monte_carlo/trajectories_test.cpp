// Leapfrog, paths and warm-up against what is known of them.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/inference/monte_carlo/trajectories.h"
#include "elbow/inference/monte_carlo/warm_up.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// N(0, diag(variances)).
struct Gaussian {
  std::vector<double> variances;
  double value(const std::vector<double>& x) const {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum -= x[i] * x[i] / variances[i] / 2;
    return sum;
  }
  std::vector<double> gradient(const std::vector<double>& x) const {
    std::vector<double> out;
    for (std::size_t i = 0; i < x.size(); ++i) out.push_back(-x[i] / variances[i]);
    return out;
  }
  ChainPoint at(const std::vector<double>& x) const { return {x, gradient(x), value(x)}; }
};

void move(LeapfrogPoint& point, const Gaussian& density, double step, const MassMatrix& mass) {
  const std::vector<double> x = point.drift(step, mass);
  point.kick(step, density.value(x), density.gradient(x).data());
}

TEST(Leapfrog, IsItsOwnInverseAndKeepsTheEnergyToSecondOrder) {
  const Gaussian density{{1.0, 0.25, 4.0}};
  const MassMatrix mass = MassMatrix::dense(
      at::tensor({1.0, 0.2, 0.0, 0.2, 0.5, 0.1, 0.0, 0.1, 2.0}, at::kDouble).reshape({3, 3}));
  const std::vector<double> start{0.3, -0.4, 1.5}, momentum{1.0, 0.5, -0.7};
  double error[2];
  for (int i = 0; i < 2; ++i) {
    const double step = i == 0 ? 0.1 : 0.05;
    const int count = i == 0 ? 20 : 40;
    LeapfrogPoint point(density.at(start), momentum);
    const double energy = point.energy(mass);
    for (int n = 0; n < count; ++n) move(point, density, step, mass);
    error[i] = std::abs(point.energy(mass) - energy);
    for (int n = 0; n < count; ++n) move(point, density, -step, mass);
    for (std::size_t d = 0; d < 3; ++d) {
      EXPECT_NEAR(point.point().position[d], start[d], 1e-12);
      EXPECT_NEAR(point.momentum()[d], momentum[d], 1e-12);
    }
  }
  EXPECT_NEAR(error[0] / error[1], 4, 0.5);
}

// 200,000 momenta: each entry within 5 standard errors, p = 4e-6 for nine entries; fixed seed.
TEST(MassMatrix, MomentaHaveItsCovariance) {
  const Tensor inverse = at::tensor({1.0, 0.6, 0.6, 0.5}, at::kDouble).reshape({2, 2});
  const MassMatrix mass = MassMatrix::dense(inverse);
  const Tensor m = inverse.inverse();
  Tensor sum = at::zeros({2, 2}, at::kDouble);
  constexpr int kCount = 200000;
  ChainNoise noise(11);
  for (int i = 0; i < kCount; ++i) {
    const Tensor p = at::tensor(mass.draw(noise), at::kDouble);
    sum += at::outer(p, p) / kCount;
  }
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) {
      const double error =
          std::sqrt((m[i][j].square() + m[i][i] * m[j][j]).item<double>() / kCount);
      EXPECT_NEAR(sum[i][j].item<double>(), m[i][j].item<double>(), 5 * error);
    }
  const std::vector<double> p{0.3, -1.2};
  EXPECT_NEAR(
      mass.kinetic(p),
      (at::tensor(p, at::kDouble).dot(inverse.mv(at::tensor(p, at::kDouble))) / 2).item<double>(),
      1e-14);
}

using MakePath = std::function<std::unique_ptr<Trajectory>(TrajectoryStart)>;

struct Moments {
  double mean_square[2] = {0, 0}, fourth = 0, acceptance = 0;
  std::int64_t leapfrogs = 0, divergent = 0;
};

/// One long chain on a normal.
Moments run(const Gaussian& density, double step, std::int64_t count, const MakePath& make) {
  const MassMatrix mass(2);
  ChainPoint point = density.at({0.5, 0.5});
  Moments out;
  for (std::int64_t i = 0; i < count; ++i) {
    auto path = make({point, step, mass, ChainNoise::of(5, i, 0)});
    while (!path->is_over()) {
      const std::vector<double> x = path->wanted();
      path->take(density.value(x), density.gradient(x).data());
    }
    point = path->end();
    const auto n = static_cast<double>(count);
    for (std::size_t d = 0; d < 2; ++d)
      out.mean_square[d] += point.position[d] * point.position[d] / n;
    out.fourth += std::pow(point.position[0], 4) / n;
    out.acceptance += path->transition().acceptance / n;
    out.leapfrogs += path->transition().num_leapfrog;
    out.divergent += path->transition().is_divergent;
  }
  return out;
}

// A coarse step, so that the leapfrog's own density is far from the target's: what puts it right is
// the acceptance. Chains of nearly independent draws: 5 standard errors of 100,000 of them, with
// twice the variance for what dependence there is; p < 1e-6; fixed seed. Without the kinetic energy
// in it, or with a momentum of the wrong sign, the second moments are off by tenths.
TEST(Trajectories, ACoarseStepLeavesTheMomentsRight) {
  const Gaussian density{{1.0, 0.36}};
  constexpr std::int64_t kCount = 100000;
  const auto margin = [](double variance) { return 5 * std::sqrt(2 * 2.0 / kCount) * variance; };
  for (const bool is_nuts : {true, false}) {
    const Moments found = run(density, 0.9, kCount, [is_nuts](TrajectoryStart start) {
      return is_nuts ? no_u_turn(std::move(start), 10) : fixed_path(std::move(start), 5);
    });
    EXPECT_NEAR(found.mean_square[0], 1.0, margin(1.0)) << is_nuts;
    EXPECT_NEAR(found.mean_square[1], 0.36, margin(0.36)) << is_nuts;
    EXPECT_NEAR(found.fourth, 3.0, 5 * std::sqrt(2 * 96.0 / kCount)) << is_nuts;
    EXPECT_LT(found.acceptance, 0.99) << is_nuts;
    EXPECT_EQ(found.divergent, 0) << is_nuts;
  }
}

TEST(Trajectories, PathsEndWhereTheyTurnBack) {
  const Gaussian density{{1.0, 1.0}};
  const auto steps_of = [&](double step) {
    return static_cast<double>(
               run(density,
                   step,
                   2000,
                   [](TrajectoryStart start) { return no_u_turn(std::move(start), 12); })
                   .leapfrogs) /
           2000;
  };
  // Half a turn of the unit circle is pi; the doubling takes at most twice that.
  EXPECT_GT(steps_of(0.01) * 0.01, 1.5);
  EXPECT_LT(steps_of(0.01) * 0.01, 2 * 3.15);
}

TEST(Trajectories, AStepThatIsFarTooLongDiverges) {
  const Gaussian density{{1.0, 1e-8}};
  const Moments found =
      run(density, 1.0, 20, [](TrajectoryStart start) { return no_u_turn(std::move(start), 10); });
  EXPECT_EQ(found.divergent, 20);
}

TEST(WarmUp, WindowsAreStans) {
  const WarmUpPlan plan(1000);
  std::vector<std::int64_t> ends;
  std::int64_t inside = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    if (plan.ends_window(i)) ends.push_back(i + 1);
    inside += plan.is_in_window(i);
  }
  EXPECT_EQ(ends, (std::vector<std::int64_t>{100, 150, 250, 450, 950}));
  EXPECT_EQ(inside, 875);
  for (const std::int64_t few : {0, 5, 19}) EXPECT_FALSE(WarmUpPlan(few).is_in_window(few / 2));
  EXPECT_TRUE(WarmUpPlan(100).ends_window(89));
}

TEST(WarmUp, DualAveragingFindsTheStepOfATarget) {
  DualAveraging averaging(0.8);
  averaging.restart(1.0);
  // An acceptance that falls with the step: 0.8 at 0.25.
  for (int i = 0; i < 2000; ++i) averaging.update(std::exp(-averaging.step() * 0.8926));
  EXPECT_NEAR(averaging.averaged(), 0.25, 0.01);
  DualAveraging other(0.8);
  other.load(averaging.state());
  EXPECT_EQ(other.step(), averaging.step());
}

TEST(WarmUp, CovariancesAreShrunk) {
  at::manual_seed(2);
  const Tensor x = at::randn({40, 3}, at::kDouble).mm(at::randn({3, 3}, at::kDouble));
  for (const bool is_dense : {false, true}) {
    RunningCovariance running(3, is_dense);
    for (std::int64_t i = 0; i < 40; ++i) {
      const Tensor row = x[i].contiguous();
      running.add({row.const_data_ptr<double>(), row.const_data_ptr<double>() + 3});
    }
    const Tensor apart = x - x.mean(0), full = apart.t().mm(apart) / 39.0;
    const Tensor shrunk = full * (40.0 / 45) + 1e-3 * 5 / 45 * at::eye(3, at::kDouble);
    EXPECT_TRUE(at::allclose(
        running.mass().inverse(), is_dense ? shrunk : shrunk.diagonal().contiguous(), 1e-12));
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
