// Concrete distributions where values round to corners: their logits have a density all the same,
// and what they are largest at is a draw of the discrete distribution.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/probability/distributions/relaxed_bernoulli.h"
#include "elbow/probability/distributions/relaxed_one_hot.h"
#include "probability/distributions/conformance_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

const auto kDoubles = at::TensorOptions(at::kDouble);

Tensor temperature_of(double value) { return at::scalar_tensor(value, kDoubles); }

/// A grid that is as wide as logits of values at this temperature, and its step.
std::pair<Tensor, double> logit_grid(double temperature) {
  const double step = 0.4 / temperature;
  return {at::arange(-130.0, 130.5, 1.0, kDoubles) * step, step};
}

TEST(RelaxedBernoulli, DensityOfLogitsIntegratesToOneAtAnyTemperature) {
  for (const double temperature : {2.0, 0.5, 0.05}) {
    const auto [grid, step] = logit_grid(temperature);
    const RelaxedBernoulli p(at::scalar_tensor(0.7, kDoubles), temperature_of(temperature));
    EXPECT_NEAR((p.log_prob_of_logits(grid).exp().sum() * step).item<double>(), 1.0, 1e-10);
  }
}

TEST(RelaxedOneHot, DensityOfLogitsIntegratesToOneForTwoAndThreeClasses) {
  for (const double temperature : {2.0, 0.5, 0.05}) {
    const auto [grid, step] = logit_grid(temperature);
    const RelaxedOneHot two(at::tensor({0.3, -0.8}, kDoubles).unsqueeze(0),
                            temperature_of(temperature));
    const Tensor line = at::stack({grid, at::zeros_like(grid)}, 1);
    EXPECT_NEAR((two.log_prob_of_logits(line).exp().sum() * step).item<double>(), 1.0, 1e-10);
    const RelaxedOneHot three(at::tensor({0.3, -0.8, 0.5}, kDoubles).unsqueeze(0),
                              temperature_of(temperature));
    const Tensor pairs = at::cartesian_prod({grid, grid});
    const Tensor plane = at::cat({pairs, at::zeros({pairs.size(0), 1}, kDoubles)}, 1);
    EXPECT_NEAR(
        (three.log_prob_of_logits(plane).exp().sum() * (step * step)).item<double>(), 1.0, 1e-10);
  }
}

TEST(RelaxedOneHot, OfTwoClassesIsTheRelaxedBernoulli) {
  const RelaxedOneHot two(at::tensor({1.2, 0.5}, kDoubles).unsqueeze(0), temperature_of(0.4));
  const RelaxedBernoulli one(at::scalar_tensor(0.7, kDoubles), temperature_of(0.4));
  const Tensor x = at::linspace(0.01, 0.99, 50, kDoubles);
  EXPECT_LT(testing::largest_difference(two.log_prob(at::stack({x, 1 - x}, 1)), one.log_prob(x)),
            1e-11);
}

// Five standard errors of 100000 draws: each number fails by chance with probability 6e-7.
TEST(RelaxedOneHot, LargestElementsOfDrawsAreDrawsOfTheClasses) {
  const Tensor logits = at::tensor({0.3, -0.8, 1.5, 0.2}, kDoubles).view({2, 2});
  auto source = testing::seeded(1);
  const Tensor draws = RelaxedOneHot(logits, temperature_of(0.05)).rsample({100000}, source);
  testing::expect_mean(
      (draws.unflatten(-1, {2, 2}) > 0.5).to(at::kDouble), logits.softmax(-1), "classes");
  const Tensor bits =
      RelaxedBernoulli(logits, temperature_of(0.05)).rsample({100000}, source) > 0.5;
  testing::expect_mean(bits.to(at::kDouble), logits.sigmoid(), "bits");
}

// Old formulas of values give infinities here: at this temperature float32 values are corners.
TEST(RelaxedOneHot, LogitsKeepAFiniteDensityAndGradientWhereValuesRound) {
  const Tensor logits = at::randn({100, 3, 5}).requires_grad_();
  const Tensor temperature = at::scalar_tensor(0.02);
  auto source = testing::seeded(2);
  const RelaxedOneHot p(logits, temperature);
  const Tensor drawn = p.rsample_logits({7}, source);
  EXPECT_TRUE((drawn.exp() == 0).any().item<bool>());
  const Tensor log_prob = p.log_prob_of_logits(drawn);
  log_prob.sum().backward();
  EXPECT_TRUE(log_prob.isfinite().all().item<bool>());
  EXPECT_TRUE(logits.grad().isfinite().all().item<bool>());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
