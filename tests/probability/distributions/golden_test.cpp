// Values of tests/golden/distributions.json (its first key is the command that made it), and closed
// facts.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/continuous_bernoulli.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/kl.h"
#include "elbow/probability/distributions/normal.h"
#include "probability/distributions/golden_values.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

const auto kDoubles = at::TensorOptions(at::kDouble);

using testing::build;
using testing::golden_cases;
using testing::tensor_of;

class DistributionGolden : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         DistributionGolden,
                         ::testing::ValuesIn(distribution_factory().names()),
                         [](const auto& test) { return test.param; });

TEST_P(DistributionGolden, DensityMomentsEntropyAndKlAgreeToTenDigits) {
  const Json all = golden_cases();
  ASSERT_TRUE(all.contains(GetParam()));
  const Json& golden = all.at(GetParam());
  const auto p = build(GetParam(), golden.at("parameters"));
  const auto q = build(golden.value("other_name", GetParam()), golden.at("other"));
  const auto expect_close = [&](const Tensor& ours, const char* key) {
    const Tensor theirs = tensor_of(golden.at(key));
    const Tensor error = (ours.reshape({-1}) - theirs).abs() / theirs.abs().clamp_min(1.0);
    EXPECT_LT(error.max().item<double>(), 1e-10) << key << "\n" << ours << theirs;
  };
  expect_close(p->log_prob(tensor_of(golden.at("value"))), "log_prob");
  // What the references lack must have no closed form here either; what they have, must.
  const auto traits = std::get<DistributionRowTraits>(testing::info_of(GetParam()).traits);
  if (traits.has_moments) {
    expect_close(p->mean(), "mean");
    expect_close(p->variance(), "variance");
  }
  if (traits.has_entropy) expect_close(p->entropy(), "entropy");
  const auto kl = kl_divergence(*p, *q);
  ASSERT_EQ(kl.has_value(), golden.contains("kl"));
  if (kl) expect_close(*kl, "kl");
}

TEST(Bernoulli, SaturatedLogitsKeepTheirRelativePrecision) {
  const Json golden = golden_cases().at("bernoulli");
  const auto p = build("bernoulli", golden.at("parameters"));
  const Tensor ours = p->log_prob(tensor_of(golden.at("value")));
  const Tensor theirs = tensor_of(golden.at("log_prob"));
  EXPECT_LT(((ours - theirs) / theirs).abs().max().item<double>(), 1e-12);
}

TEST(ContinuousBernoulli, IsSmoothWhereSeriesMeetsClosedForm) {
  // The limits of the series in log_partition, mean, variance and entropy (|l| = 1) and of the draw
  // (|l| = 0.01).
  for (const double limit : {-1.0, -0.01, 0.0, 0.01, 1.0}) {
    const double h = 1e-9;
    const ContinuousBernoulli below(at::full({}, limit - h, kDoubles));
    const ContinuousBernoulli above(at::full({}, limit + h, kDoubles));
    const auto expect_step_of_order_h = [&](const Tensor& a, const Tensor& b) {
      EXPECT_LT((a - b).abs().max().item<double>(), 2 * h) << "limit " << limit;
    };
    expect_step_of_order_h(below.log_partition(), above.log_partition());
    expect_step_of_order_h(below.mean(), above.mean());
    expect_step_of_order_h(below.variance(), above.variance());
    expect_step_of_order_h(below.entropy(), above.entropy());
    auto source = testing::seeded(1), same = testing::seeded(1);
    expect_step_of_order_h(below.sample({1000}, source), above.sample({1000}, same));
  }
}

TEST(ContinuousBernoulli, DrawsAndGradientsAreFiniteForExtremeLogits) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Tensor logits =
        at::tensor({-500.0, -90.0, -1e-30, 0.0, 1e-12, 1e-3, 90.0, 500.0}, kDoubles)
            .to(dtype)
            .requires_grad_();
    const ContinuousBernoulli p(logits);
    auto source = testing::seeded(2);
    const Tensor draw = p.rsample({1000}, source);
    EXPECT_GE(draw.min().item<double>(), 0.0);
    EXPECT_LE(draw.max().item<double>(), 1.0);
    (draw.sum() + p.log_prob(draw).sum() + p.mean().sum() + p.variance().sum() + p.entropy().sum())
        .backward();
    EXPECT_TRUE(logits.grad().isfinite().all().item<bool>()) << logits.grad();
  }
}

TEST(ContinuousBernoulli, DrawFollowsItsDistributionFunction) {
  const Tensor logits = at::tensor({-30.0, -2.0, -0.005, 0.0, 0.005, 2.0, 30.0}, kDoubles);
  const ContinuousBernoulli p(logits);
  auto source = testing::seeded(3), same = testing::seeded(3);
  const Tensor draw = p.sample({500}, source), uniform = same.uniform({500, 7}, kDoubles);
  const Tensor safe = at::where(logits == 0, at::ones_like(logits), logits);
  const Tensor function = at::where(logits == 0, draw, (safe * draw).expm1() / safe.expm1());
  EXPECT_LT((function - uniform).abs().max().item<double>(), 1e-12);
}

TEST(DiagNormal, StandardGivesWhatTheGeneralRouteGives) {
  const Tensor zeros = at::zeros({3}, kDoubles);
  const DiagNormal general(zeros, zeros);
  const auto standard = DiagNormal::standard(zeros);
  const auto p = testing::example("diag_normal", {5}, 1);
  const DiagNormal q(at::randn({5, 3}, kDoubles), at::randn({5, 3}, kDoubles));
  const Tensor value = at::randn({4, 5, 3}, kDoubles);
  EXPECT_TRUE(at::allclose(standard->log_prob(value), general.log_prob(value), 1e-14, 1e-14));
  EXPECT_TRUE(at::allclose(*kl_divergence(q, *standard), *kl_divergence(q, general), 1e-14, 1e-14));
  EXPECT_TRUE(dynamic_cast<const DiagNormal&>(*standard->detach()).is_standard());
  EXPECT_THROW(kl_divergence(*p, *standard), c10::Error);  // 2 against 3 dimensions
}

TEST(DiagNormal, StandardBroadcastsAValueOfSmallerShape) {
  const auto standard = DiagNormal::standard(at::zeros({6, 3}, kDoubles));
  EXPECT_EQ(standard->log_prob(at::ones({3}, kDoubles)).sizes(), Shape{6});
  EXPECT_EQ(standard->log_prob(at::ones({2, 1, 3}, kDoubles)).sizes(), (Shape{2, 6}));
}

TEST(Independent, OfBernoulliSumsElementsAndKl) {
  const auto base = std::make_shared<Bernoulli>(at::randn({2, 3, 4}, kDoubles));
  const Independent image(base, 2),
      other(std::make_shared<Bernoulli>(at::randn({2, 3, 4}, kDoubles)), 2);
  auto source = testing::seeded(4);
  const Tensor x = image.sample({5}, source);
  EXPECT_EQ(image.event_shape(), (Shape{3, 4}));
  EXPECT_TRUE(at::allclose(image.log_prob(x), base->log_prob(x).sum({-1, -2})));
  EXPECT_EQ(kl_divergence(image, other)->sizes(), Shape{2});
  EXPECT_TRUE(image.traits().is_discrete);
  const Independent rows(std::make_shared<Independent>(base, 1), 1);
  EXPECT_TRUE(at::allclose(rows.log_prob(x), image.log_prob(x)));
}

// The message of the error that `action` throws.
template <class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "no error";
}

TEST(Shapes, MismatchIsToldWithBothShapes) {
  const auto zeros = [](at::IntArrayRef shape) { return at::zeros(shape); };
  EXPECT_EQ(message_of([&] {
              DiagNormal(zeros({64, 50}), zeros({64, 49}));
            }),
            "DiagNormal: loc has shape [64, 50] but log_scale has shape [64, 49]");
  EXPECT_THAT(message_of([&] { Bernoulli(zeros({3})).log_prob(zeros({4})); }), HasSubstr("[4]"));
  EXPECT_THAT(message_of([&] { Independent(std::make_shared<Bernoulli>(zeros({3})), 2); }),
              HasSubstr("expected 0 to 1"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
