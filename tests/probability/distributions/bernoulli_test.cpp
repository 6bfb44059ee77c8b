// The fused log density of independent Bernoulli elements against the plain route, which is its
// specification.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/kl.h"
#include "probability/distributions/examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

struct Problem {
  Tensor logits, value;
};

Problem problem(const Shape& logits, const Shape& value, double scale) {
  auto source = testing::seeded(1);
  const auto options = at::TensorOptions(at::kFloat);
  return {source.normal(logits, options) * scale, source.uniform(value, options).round()};
}

struct Result {
  Tensor log_prob, gradient;
};

// Value and gradient of a weighted sum; `fused` asks through Independent, else element by element.
Result evaluate(const Problem& p, bool fused, at::ScalarType dtype, std::int64_t num_dims = 1) {
  const Tensor logits = p.logits.to(dtype).detach().clone().requires_grad_();
  const auto base = std::make_shared<Bernoulli>(logits);
  const Tensor value = p.value.to(dtype);
  Tensor out;
  if (fused) {
    out = Independent(base, num_dims).log_prob(value);
  } else {
    out = base->log_prob(value);
    for (std::int64_t i = 0; i < num_dims; ++i) out = out.sum(-1);
  }
  const Tensor weights =
      at::linspace(0.5, 1.5, out.numel(), at::TensorOptions(dtype)).view(out.sizes());
  (out * weights).sum().backward();
  return {out.detach(), logits.grad()};
}

bool took_kernel(const Tensor& out) {
  return out.grad_fn() && out.grad_fn()->name().find("BernoulliBackward") != std::string::npos;
}

double error_norm(const Tensor& a, const Tensor& exact) {
  return (a.to(at::kDouble) - exact).norm().item<double>();
}

TEST(FusedBernoulli, ErrorIsAtMostTwiceThatOfThePlainFloatRoute) {
  for (const std::int64_t columns : {1, 7, 16, 17, 31, 784, 960, 961, 3000})
    for (const double scale : {0.1, 3.0, 30.0}) {
      const Problem p = problem({40, columns}, {40, columns}, scale);
      const Result exact = evaluate(p, false, at::kDouble);
      const Result plain = evaluate(p, false, at::kFloat), fused = evaluate(p, true, at::kFloat);
      // Half a unit in the last place of the result is nobody's fault.
      const double rounding = 3e-8 * exact.log_prob.norm().item<double>();
      EXPECT_LE(error_norm(fused.log_prob, exact.log_prob),
                2 * std::max(error_norm(plain.log_prob, exact.log_prob), rounding))
          << columns << " columns, scale " << scale;
      const double gradient_rounding = 3e-8 * exact.gradient.norm().item<double>();
      EXPECT_LE(error_norm(fused.gradient, exact.gradient),
                2 * std::max(error_norm(plain.gradient, exact.gradient), gradient_rounding))
          << columns << " columns, scale " << scale;
    }
}

TEST(FusedBernoulli, GradientIsWithinAUnitOfTheLastPlaceEverywhere) {
  const Tensor logits = at::linspace(-20, 20, 100003, at::TensorOptions(at::kFloat)).view({1, -1});
  const Problem p = {logits, at::zeros_like(logits)};
  Result fused = evaluate(p, true, at::kFloat);
  const double weight = 0.5;  // of the single row in `evaluate`
  const Tensor exact = -logits.to(at::kDouble).sigmoid() * weight;
  EXPECT_LT((fused.gradient.to(at::kDouble) - exact).abs().max().item<double>() / weight, 0x1p-23);
}

TEST(FusedBernoulli, SaturatedLogitsKeepTheirSmallDensity) {
  const Tensor logits = at::full({1, 784}, 15.0f);
  const Independent p(std::make_shared<Bernoulli>(logits), 1);
  const double exact = -784 * std::log1p(std::exp(-15.0));
  EXPECT_NEAR(p.log_prob(at::ones({1, 784})).item<double>(), exact, 1e-6 * std::abs(exact));
}

TEST(FusedBernoulli, ScoresOneValueAgainstEveryParticleAndAnyEventRank) {
  const Problem p = problem({3, 5, 2, 4, 6}, {5, 2, 4, 6}, 2.0);
  const Result exact = evaluate(p, false, at::kDouble, 3), fused = evaluate(p, true, at::kFloat, 3);
  EXPECT_EQ(fused.log_prob.sizes(), (Shape{3, 5}));
  EXPECT_TRUE(at::allclose(fused.log_prob.to(at::kDouble), exact.log_prob, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(fused.gradient.to(at::kDouble), exact.gradient, 1e-6, 1e-6));
}

TEST(FusedBernoulli, BitsDoNotDependOnThreadsNorOnWantingTheGradient) {
  const Problem p = problem({200, 784}, {200, 784}, 3.0);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Result one = evaluate(p, true, at::kFloat);
  at::set_num_threads(3);
  const Result three = evaluate(p, true, at::kFloat);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one.log_prob, three.log_prob));
  EXPECT_TRUE(at::equal(one.gradient, three.gradient));
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(Independent(std::make_shared<Bernoulli>(p.logits), 1).log_prob(p.value),
                        one.log_prob));
  // A row alone gives what it gives among others.
  const Tensor row = Independent(std::make_shared<Bernoulli>(p.logits.narrow(0, 17, 1)), 1)
                         .log_prob(p.value.narrow(0, 17, 1));
  EXPECT_TRUE(at::equal(row, one.log_prob.narrow(0, 17, 1)));
}

TEST(FusedBernoulli, IsTakenOnlyWhereItApplies) {
  const Problem p = problem({6, 8}, {6, 8}, 1.0);
  const auto ask = [](const Tensor& logits, const Tensor& value) {
    return took_kernel(Bernoulli(logits.detach().requires_grad_()).log_prob_summed(value, 1));
  };
  EXPECT_TRUE(ask(p.logits, p.value));
  EXPECT_FALSE(ask(p.logits.to(at::kDouble), p.value.to(at::kDouble)));
  EXPECT_FALSE(ask(p.logits.t(), p.value.t()));
  EXPECT_FALSE(ask(p.logits, p.value.t().contiguous().t()));
  EXPECT_FALSE(ask(p.logits, p.value.narrow(1, 0, 1)));
  EXPECT_FALSE(ask(p.logits, p.value.clone().requires_grad_()));
}

TEST(FusedBernoulli, AValueThatRequiresGradReceivesTheLogits) {
  const Problem p = problem({6, 8}, {6, 8}, 1.0);
  const Tensor value = p.value.clone().requires_grad_();
  Independent(std::make_shared<Bernoulli>(p.logits), 1).log_prob(value).sum().backward();
  EXPECT_TRUE(at::equal(value.grad(), p.logits));
}

TEST(FusedBernoulli, SecondDerivativeIsMinusTheVariance) {
  const Problem p = problem({6, 8}, {6, 8}, 1.0);
  const Tensor logits = p.logits.clone().requires_grad_();
  const Tensor out = Bernoulli(logits).log_prob_summed(p.value, 1);
  ASSERT_TRUE(took_kernel(out));
  const auto first = torch::autograd::grad(
      {out.sum()}, {logits}, {}, /*retain_graph=*/true, /*create_graph=*/true);
  first[0].sum().backward();
  const Tensor variance = p.logits.sigmoid() * (-p.logits).sigmoid();
  EXPECT_TRUE(at::allclose(logits.grad(), -variance, 1e-5, 1e-6));
}

TEST(FusedBernoulli, NanReachesValueAndGradientOfItsRowOnly) {
  Problem p = problem({4, 40}, {4, 40}, 1.0);
  p.logits[2][33] = std::nan("");
  const Result result = evaluate(p, true, at::kFloat);
  EXPECT_TRUE(result.log_prob[2].isnan().item<bool>());
  EXPECT_TRUE(result.gradient[2][33].isnan().item<bool>());
  EXPECT_EQ(result.log_prob.isnan().sum().item<int>(), 1);
  EXPECT_EQ(result.gradient.isnan().sum().item<int>(), 1);
}

TEST(FusedBernoulli, TakesEmptyBatches) {
  const Tensor out = Bernoulli(at::zeros({0, 8})).log_prob_summed(at::zeros({0, 8}), 1);
  EXPECT_EQ(out.sizes(), Shape{0});
}

// Learned logits begin at 0, where the parts of softplus each have a kink: the derivative of the
// density was x - 1 there.
TEST(Bernoulli, GradientAtLogitZeroIsTheValueMinusOneHalf) {
  for (const double value : {0.0, 1.0}) {
    const Tensor logits = at::zeros({1}, at::kDouble).requires_grad_();
    Bernoulli(logits).log_prob(at::full({1}, value, at::kDouble)).backward();
    EXPECT_EQ(logits.grad().item<double>(), value - 0.5);
  }
  const Tensor logits = at::zeros({1}, at::kDouble).requires_grad_();
  kl_divergence(Bernoulli(logits), Bernoulli(logits.detach()))->backward();
  EXPECT_EQ(logits.grad().item<double>(), 0.0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
