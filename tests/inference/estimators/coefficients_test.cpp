// Guides whose gradient is made of coefficients of grad log q: their bias, and what they tend to.
#include <gtest/gtest.h>

#include "inference/estimators/reference_toy.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace testing;

/// The gradient of the guide by coefficients, without and with reparameterised draws: the mean of
/// 6e4 gradients in (mean, ln scale).
Tensor coefficient_mean(const Json& options, const std::string& objective, const char* estimator) {
  return reference_draws(objective, options, estimator, 60000).mean(0);
}

// Self-normalised weights lean towards the draws: towards the guide as it is, so that the forward
// KL's gradient is found too small, by O(1/K). At (0.2, ln 0.8) it is (0.3 / 0.64,
// (0.5 + 0.09) / 0.64 - 1).
TEST(WakeSleep, BiasOfTheWakePhaseShrinksWithTheParticles) {
  const Tensor forward = at::tensor({0.3 / 0.64, 0.59 / 0.64 - 1}, at::kDouble);
  double before = 1;
  for (const std::int64_t particles : {2, 8, 32}) {
    const Tensor found =
        coefficient_mean({{"num_particles", particles}}, "reweighted_wake_sleep", "score_function");
    const double bias = (forward - found)[0].item<double>();
    EXPECT_GT(bias, 0) << particles;
    EXPECT_LT(bias, before / 2) << particles;
    before = bias;
  }
}

// Both ways to the same coefficients' mean. Five standard errors of the paired difference: fails by
// chance with probability 6e-7 a number.
TEST(FDivergence, DoublyReparameterisedGradientHasTheMeanOfTheScores) {
  for (const char* divergence :
       {"reverse_kl", "forward_kl", "jensen_shannon", "hellinger", "chi2"}) {
    const Json options = {{"num_particles", 4}, {"divergence", divergence}};
    const Tensor score = reference_draws("f_divergence", options, "score_function", 100000);
    const Tensor path = reference_draws("f_divergence", options, "doubly_reparameterised", 100000);
    EXPECT_LT(worst_error(score - path, at::zeros({2}, at::kDouble)), 5.0) << divergence;
  }
}

// d/d(mean, ln scale) of the chi^2 upper bound, whose integrand is a normal density's: by the
// trapezium rule. Self-normalised draws find less than it, the less the fewer there are.
TEST(Cubo, GradientsTendToTheBoundsAsTheParticlesGrow) {
  const Tensor z = at::linspace(-12, 12, 20001, at::kDouble);
  const Tensor at_guide = at::tensor({0.2, std::log(0.8)}, at::kDouble).requires_grad_();
  const Tensor log_q =
      -((z - at_guide[0]) / at_guide[1].exp()).square() / 2 - at_guide[1] - kHalfLog2Pi;
  const Tensor log_joint = -2 * kHalfLog2Pi - z.square() / 2 - (1 - z).square() / 2;
  const Tensor bound = at::logsumexp(2 * log_joint - log_q, 0) / 2;
  const Tensor expected = -torch::autograd::grad({bound}, {at_guide})[0];
  for (const char* estimator : {"score_function", "doubly_reparameterised"}) {
    const auto found = [&](std::int64_t particles, std::int64_t count) {
      return reference_draws("cubo", {{"num_particles", particles}}, estimator, count).mean(0);
    };
    const Tensor of_many = found(400, 4000), of_few = found(4, 60000);
    const double size = expected.norm().item<double>();
    EXPECT_LT((of_many - expected).norm().item<double>(), 0.05 * size) << estimator << expected;
    EXPECT_LT(of_few[0].item<double>(), of_many[0].item<double>()) << estimator;
    EXPECT_GT(of_few[0].item<double>(), 0) << estimator;
  }
}

// D_f as an integral, by the trapezium rule, with its derivative by autograd: the estimates tend to
// it as the weights' sum tends to K.
TEST(FDivergence, GradientsTendToThoseOfTheDivergence) {
  const Tensor z = at::linspace(-9, 10, 20001, at::kDouble);
  const double step = 19.0 / 20000;
  const Tensor log_p = -(z - 0.5).square() - 0.5 * std::log(M_PI);
  const auto exact = [&](const std::function<Tensor(const Tensor&)>& f) {
    const Tensor at_guide = at::tensor({0.2, std::log(0.8)}, at::kDouble).requires_grad_();
    const Tensor log_q =
        -((z - at_guide[0]) / at_guide[1].exp()).square() / 2 - at_guide[1] - kHalfLog2Pi;
    const Tensor divergence = (log_q.exp() * f((log_p - log_q).exp())).sum() * step;
    return -torch::autograd::grad({divergence}, {at_guide})[0];
  };
  const std::vector<std::pair<const char*, std::function<Tensor(const Tensor&)>>> known{
      {"reverse_kl", [](const Tensor& w) { return -w.log(); }},
      {"forward_kl", [](const Tensor& w) { return w * w.log(); }},
      {"chi2", [](const Tensor& w) { return (w - 1).square(); }},
      {"hellinger", [](const Tensor& w) { return (w.sqrt() - 1).square(); }},
      {"total_variation", [](const Tensor& w) { return (w - 1).abs() / 2; }},
      {"jensen_shannon",
       [](const Tensor& w) { return (w * w.log() - (w + 1) * ((w + 1) / 2).log()) / 2; }}};
  for (const auto& [name, f] : known) {
    const Tensor expected = exact(f);
    const auto miss = [&](std::int64_t particles, std::int64_t count) {
      const Json options = {{"num_particles", particles}, {"divergence", name}};
      return (reference_draws("f_divergence", options, "score_function", count).mean(0) - expected)
          .norm()
          .item<double>();
    };
    const double size = expected.norm().item<double>(), of_many = miss(400, 4000);
    EXPECT_LT(of_many, 0.05 * size) << name << expected;
    EXPECT_LT(of_many, miss(2, 100000)) << name;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
