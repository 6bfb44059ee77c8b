#include "elbow/probability/distributions/multinomial.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/probability/distributions/poisson.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Tensor logits() { return at::tensor({0.3, -1.2, 0.9, 0.0}, at::kDouble); }

/// Every way to share `total` out among four classes, [S, 4].
Tensor all_counts(int total) {
  std::vector<double> out;
  for (int a = 0; a <= total; ++a)
    for (int b = 0; a + b <= total; ++b)
      for (int c = 0; a + b + c <= total; ++c)
        for (const int count : {a, b, c, total - a - b - c}) out.push_back(count);
  return at::tensor(out, at::kDouble).view({-1, 4});
}

TEST(Multinomial, MassesSumToOneWithTheMomentsThatItSays) {
  constexpr int kTotal = 7;
  const Multinomial p(logits(), at::tensor(double{kTotal}, at::kDouble));
  const Tensor counts = all_counts(kTotal), mass = p.log_prob(counts).exp();
  EXPECT_NEAR(mass.sum().item<double>(), 1, 1e-12);
  const Tensor mean = (mass.unsqueeze(-1) * counts).sum(0);
  EXPECT_TRUE(at::allclose(p.mean(), mean, 1e-12, 1e-12));
  const Tensor variance = (mass.unsqueeze(-1) * (counts - mean).square()).sum(0);
  EXPECT_TRUE(at::allclose(p.variance(), variance, 1e-11, 1e-12));
}

// Independent Poisson counts given their total are multinomial: another way to the same number.
TEST(Multinomial, IsPoissonCountsGivenTheirTotal) {
  const Tensor log_rate = logits() + 3.1;
  const Multinomial p(logits(), at::ones({}, at::kDouble));
  for (const auto& counts :
       {std::vector<double>{0, 0, 0, 1}, {3, 0, 5, 2}, {100, 20, 310, 55}, {1e6, 2e5, 2.5e6, 0}}) {
    const Tensor x = at::tensor(counts, at::kDouble);
    const double joint = Poisson(log_rate).log_prob(x).sum().item<double>();
    const double total = Poisson(log_rate.logsumexp(-1)).log_prob(x.sum()).item<double>();
    EXPECT_NEAR(p.log_prob(x).item<double>(), joint - total, 1e-9 * std::max(1.0, std::abs(joint)));
  }
  EXPECT_EQ(p.log_prob(at::zeros({4}, at::kDouble)).item<double>(), 0);
  EXPECT_EQ(p.log_prob(at::tensor({1.0, -1.0, 0.0, 0.0}, at::kDouble)).item<double>(), -INFINITY);
  EXPECT_EQ(p.log_prob(at::tensor({0.5, 0.5, 0.0, 0.0}, at::kDouble)).item<double>(), -INFINITY);
}

TEST(Multinomial, AClassOfNoProbabilityThatNeverCameUpHasAGradient) {
  const Tensor far = at::tensor({0.0, 0.0, -2000.0}, at::kDouble).requires_grad_();
  const Tensor log_prob =
      Multinomial(far, at::ones({})).log_prob(at::tensor({2.0, 1.0, 0.0}, at::kDouble));
  EXPECT_NEAR(log_prob.item<double>(), std::log(3.0 / 8), 1e-12);
  log_prob.backward();
  EXPECT_TRUE(far.grad().isfinite().all().item<bool>());
}

// 2,000 draws of totals up to 2,500, more than are drawn at once: means within 5 standard errors
// (one in 10^6 of these 8 would fail by chance).
TEST(Multinomial, DrawsHaveItsTotalsAndMeans) {
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(3));
  const Tensor total = at::tensor({2500.0, 3.0}, at::kDouble);
  const Multinomial p(logits().expand({2, 4}), total);
  const Tensor draws = p.sample({2000}, source);
  EXPECT_TRUE(at::equal(draws.sum(-1), total.expand({2000, 2})));
  const Tensor error = (p.variance() / 2000).sqrt();
  EXPECT_TRUE((draws.mean(0) - p.mean()).abs().le(5 * error).all().item<bool>());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
