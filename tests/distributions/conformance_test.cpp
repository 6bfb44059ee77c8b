// Every distribution of the factory, and every pair of the KL table, keeps the contract of
// distribution.h.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distributions/examples.h"
#include "elbow/distributions/kl.h"

namespace elbow {
namespace {

using testing::example;
using testing::info_of;
using testing::joined;
using testing::seeded;

class Distributions : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         Distributions,
                         ::testing::ValuesIn(distribution_factory().names()),
                         [](const auto& test) { return test.param; });

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Mean of draws [N, ...] within five standard errors of the expectation, everywhere: fails by
// chance with probability 6e-7 per number, and never once the seed has passed.
void expect_mean(const Tensor& draws, const Tensor& expectation, const char* what) {
  const double count = static_cast<double>(draws.size(0));
  const Tensor error = draws.std(0, /*unbiased=*/true) / std::sqrt(count);
  const Tensor deviation = (draws.mean(0) - expectation).abs() / error.clamp_min(1e-12);
  EXPECT_LT(deviation.max().item<double>(), 5.0) << what << "\n" << draws.mean(0) << expectation;
}

TEST_P(Distributions, ShapesForBatchRanksZeroToTwo) {
  for (const Shape& batch : {Shape{}, Shape{3}, Shape{2, 3}})
    for (const Shape& sample : {Shape{}, Shape{5}, Shape{4, 2}}) {
      const auto p = example(GetParam(), batch, 1);
      auto source = seeded(1);
      const Shape event = p->event_shape();
      EXPECT_EQ(p->batch_shape(), batch);
      const Tensor draw = p->sample(sample, source);
      EXPECT_EQ(draw.sizes(), joined({sample, batch, event}));
      EXPECT_EQ(p->log_prob(draw).sizes(), joined({sample, batch}));
      EXPECT_EQ(p->mean().sizes(), joined({batch, event}));
      EXPECT_EQ(p->variance().sizes(), joined({batch, event}));
      EXPECT_EQ(p->entropy().sizes(), batch);
      if (p->has_rsample()) {
        EXPECT_EQ(p->rsample(sample, source).sizes(), joined({sample, batch, event}));
      }
    }
}

TEST_P(Distributions, LogProbSummedIsTheSumOverTrailingBatchDimensions) {
  const auto p = example(GetParam(), {2, 3, 4}, 1);
  auto source = seeded(1);
  const Tensor draw = p->sample({5}, source);
  EXPECT_LT(largest_difference(p->log_prob_summed(draw, 2), p->log_prob(draw).sum({-1, -2})),
            1e-12);
}

TEST_P(Distributions, PropertiesOfTheRowAreTrue) {
  const auto p = example(GetParam(), {}, 1);
  EXPECT_EQ(info_of(GetParam()).properties.at("has_rsample"), p->has_rsample());
  EXPECT_EQ(info_of(GetParam()).properties.at("is_discrete"), p->is_discrete());
  EXPECT_EQ(p->name(), GetParam());
}

// Points that cover the support and their weights: [N, event...] and [N].
std::pair<Tensor, Tensor> quadrature(const Distribution& p, const std::string& support) {
  const auto options = at::TensorOptions(at::kDouble);
  const Tensor one = at::ones({}, options);
  if (support == "binary") return {at::arange(2, options), one.expand({2})};
  if (support == "integer") {
    const std::int64_t classes = p.parameters()[0].second.size(-1);
    return {at::arange(classes), one.expand({classes})};
  }
  if (support == "unit_interval") {
    const std::int64_t count = 4001;  // Simpson's rule: error near 1e-13 for logits of a few units
    Tensor weights = at::ones({count}, options);
    weights.slice(0, 1, count - 1, 2).fill_(4.0);
    weights.slice(0, 2, count - 1, 2).fill_(2.0);
    return {at::linspace(0, 1, count, options), weights / (3.0 * static_cast<double>(count - 1))};
  }
  EXPECT_EQ(support, "real") << "a new support needs its own quadrature here";
  // The trapezoid rule converges geometrically for a density that vanishes at both ends.
  const double step = 0.08;
  const Tensor line = at::arange(-16.0, 16.0, step, options);
  if (p.event_shape().empty()) return {line, (one * step).expand({line.size(0)})};
  const std::int64_t count = line.size(0);
  const Tensor plane = at::stack({line.unsqueeze(1).expand({count, count}).reshape({-1}),
                                  line.unsqueeze(0).expand({count, count}).reshape({-1})},
                                 1);
  return {plane, (one * step * step).expand({count * count})};
}

TEST_P(Distributions, DensityIntegratesToOne) {
  const auto p = example(GetParam(), {3}, 2);
  const auto [points, weights] = quadrature(*p, info_of(GetParam()).properties.at("support"));
  const Tensor density = p->log_prob(points.unsqueeze(1)).exp();
  const Tensor total = (density * weights.unsqueeze(1)).sum(0);
  EXPECT_LT(largest_difference(total, at::ones_like(total)), 1e-10);
}

// Compares the gradient of f in every element of every parameter with central differences.
template <class Function>
void expect_gradient(const Distribution& p, Function f) {
  const auto parameters = p.parameters();
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : parameters) tensors.push_back(tensor);
  f().backward();
  for (const auto& [name, tensor] : parameters) {
    ASSERT_TRUE(tensor.grad().defined()) << name;
    const Tensor flat = tensor.detach().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const double at_point = flat[i].template item<double>(), h = 1e-5;
      flat[i].fill_(at_point + h);
      const double above = f().template item<double>();
      flat[i].fill_(at_point - h);
      const double below = f().template item<double>();
      flat[i].fill_(at_point);
      const double slope = (above - below) / (2 * h);
      const double gradient = tensor.grad().view(-1)[i].template item<double>();
      EXPECT_NEAR(gradient, slope, 1e-7 * (1 + std::abs(slope))) << name << " element " << i;
    }
  }
}

TEST_P(Distributions, RsampleGradientMatchesCentralDifferencesUnderCommonNoise) {
  if (!example(GetParam(), {}, 1)->has_rsample()) {
    auto source = seeded(3);
    EXPECT_THROW(example(GetParam(), {}, 1)->rsample({}, source), c10::Error);
    return;
  }
  for (const std::uint64_t seed : {3, 4, 5}) {
    const auto p = example(GetParam(), {2}, seed);
    expect_gradient(*p, [&] {
      auto source = seeded(7);
      return p->rsample({6}, source).sin().sum();
    });
  }
}

TEST_P(Distributions, LogProbGradientMatchesCentralDifferences) {
  const auto p = example(GetParam(), {2}, 3);
  auto source = seeded(7);
  const Tensor draw = p->sample({6}, source);
  expect_gradient(*p, [&] { return p->log_prob(draw).sin().sum(); });
}

TEST_P(Distributions, EntropyAndMomentsGradientsMatchCentralDifferences) {
  const auto p = example(GetParam(), {3}, 6);
  // A multiple of every parameter, so that each has a gradient even where the entropy ignores it.
  expect_gradient(*p, [&] {
    Tensor sum = p->entropy().sum() + p->mean().sum() * 0.7 + p->variance().sum() * 0.3;
    for (const auto& [name, tensor] : p->parameters()) sum = sum + tensor.sum() * 0.1;
    return sum;
  });
}

TEST_P(Distributions, RsampleAndLogProbAgreesWithLogProb) {
  const auto p = example(GetParam(), {3}, 3);
  if (!p->has_rsample()) return;
  auto source = seeded(8);
  const auto [value, log_prob] = p->rsample_and_log_prob({4}, source);
  EXPECT_LT(largest_difference(log_prob, p->log_prob(value)), 1e-12);
}

TEST_P(Distributions, MeanVarianceAndEntropyMatchMonteCarlo) {
  const auto p = example(GetParam(), {2}, 9)->detach();
  auto source = seeded(10);
  const Tensor index = p->sample({200000}, source);
  const Tensor draws = index.to(at::kDouble);
  expect_mean(draws, p->mean(), "mean");
  expect_mean((draws - p->mean()).square(), p->variance(), "variance");
  expect_mean(-p->log_prob(index), p->entropy(), "entropy");
}

TEST_P(Distributions, SampleAndDetachAreCutFromTheGraph) {
  const auto p = example(GetParam(), {3}, 3);
  auto source = seeded(11), again = seeded(11);
  const Tensor draw = p->sample({4}, source);
  EXPECT_FALSE(draw.requires_grad());
  EXPECT_TRUE(p->log_prob(draw).requires_grad());
  const auto cut = p->detach();
  EXPECT_EQ(cut->name(), p->name());
  for (const auto& [name, tensor] : cut->parameters()) EXPECT_FALSE(tensor.requires_grad()) << name;
  EXPECT_FALSE(cut->log_prob(draw).requires_grad());
  EXPECT_TRUE(at::equal(cut->log_prob(draw), p->log_prob(draw)));
  EXPECT_TRUE(at::equal(cut->sample({4}, again), draw));
}

TEST_P(Distributions, FloatAgreesWithDouble) {
  const auto wide = example(GetParam(), {50}, 12)->detach();
  const auto narrow = example(GetParam(), {50}, 12, at::kFloat)->detach();
  auto source = seeded(13);
  const Tensor draw = narrow->sample({20}, source);
  const auto expect_close = [](const Tensor& a, const Tensor& b) {
    EXPECT_EQ(a.scalar_type(), at::kFloat);
    EXPECT_TRUE(at::allclose(a.to(at::kDouble), b, /*rtol=*/1e-5, /*atol=*/1e-5));
  };
  const Tensor wide_draw = wide->is_discrete() ? draw : draw.to(at::kDouble);
  expect_close(narrow->log_prob(draw), wide->log_prob(wide_draw));
  expect_close(narrow->mean(), wide->mean());
  expect_close(narrow->variance(), wide->variance());
  expect_close(narrow->entropy(), wide->entropy());
}

class ClosedFormKl : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};
INSTANTIATE_TEST_SUITE_P(All,
                         ClosedFormKl,
                         ::testing::ValuesIn(closed_form_kl_pairs()),
                         [](const auto& test) {
                           return test.param.first + "_" + test.param.second;
                         });

TEST_P(ClosedFormKl, MatchesMonteCarlo) {
  const auto p = example(GetParam().first, {3}, 14)->detach();
  const auto q = example(GetParam().second, {3}, 15)->detach();
  const auto kl = kl_divergence(*p, *q);
  ASSERT_TRUE(kl.has_value());
  EXPECT_EQ(kl->sizes(), p->batch_shape());
  auto source = seeded(16);
  const Tensor draws = p->sample({200000}, source);
  expect_mean(p->log_prob(draws) - q->log_prob(draws), *kl, "kl");
}

TEST_P(ClosedFormKl, IsZeroFromItselfAndSumsItsTerms) {
  const auto p = example(GetParam().first, {3}, 14);
  const auto q = example(GetParam().second, {3}, 15);
  const auto terms = kl_per_dimension(*p, *q);
  ASSERT_TRUE(terms.has_value());
  EXPECT_EQ(terms->sizes(), joined({p->batch_shape(), p->event_shape()}));
  const Tensor total = terms->reshape({3, -1}).sum(-1);
  EXPECT_LT(largest_difference(*kl_divergence(*p, *q), total), 1e-12);
  EXPECT_GT(total.min().item<double>(), 0.0);
  if (GetParam().first == GetParam().second) {
    EXPECT_LT(kl_divergence(*p, *p)->abs().max().item<double>(), 1e-12);
  }
}

TEST_P(ClosedFormKl, GradientMatchesCentralDifferences) {
  const auto p = example(GetParam().first, {2}, 17);
  const auto q = example(GetParam().second, {2}, 18)->detach();
  expect_gradient(*p, [&] { return kl_divergence(*p, *q)->sum(); });
}

TEST(ClosedFormKlTable, HasNoFormForUnequalFamilies) {
  EXPECT_FALSE(
      kl_divergence(*example("normal", {2}, 1), *example("bernoulli", {2}, 2)).has_value());
  EXPECT_FALSE(
      kl_per_dimension(*example("normal", {2}, 1), *example("diag_normal", {2}, 2)).has_value());
}

}  // namespace
}  // namespace elbow
