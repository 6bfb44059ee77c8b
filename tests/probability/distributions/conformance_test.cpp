// Every distribution of the factory keeps the contract of distribution.h.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "probability/distributions/conformance_support.h"
#include "probability/distributions/quadrature.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::example;
using testing::expect_gradient;
using testing::expect_mean;
using testing::info_of;
using testing::joined;
using testing::largest_difference;
using testing::seeded;

const DistributionRowTraits& traits_of(const std::string& name) {
  return std::get<DistributionRowTraits>(info_of(name).traits);
}

class Distributions : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         Distributions,
                         ::testing::ValuesIn(distribution_factory().names()),
                         [](const auto& test) { return test.param; });

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
      EXPECT_EQ(p->location().sizes(), joined({batch, event}));
      if (traits_of(GetParam()).has_moments) {
        EXPECT_EQ(p->mean().sizes(), joined({batch, event}));
        EXPECT_EQ(p->variance().sizes(), joined({batch, event}));
      } else {
        EXPECT_THROW(p->mean(), c10::Error);
      }
      if (traits_of(GetParam()).has_entropy) {
        EXPECT_EQ(p->entropy().sizes(), batch);
      } else {
        EXPECT_THROW(p->entropy(), c10::Error);
      }
      if (p->traits().has_rsample) {
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

TEST_P(Distributions, TraitsOfTheRowAreTrue) {
  const auto p = example(GetParam(), {}, 1);
  EXPECT_EQ(traits_of(GetParam()).has_rsample, p->traits().has_rsample);
  EXPECT_EQ(traits_of(GetParam()).is_discrete, p->traits().is_discrete);
  EXPECT_EQ(traits_of(GetParam()).has_moments, p->traits().has_moments);
  EXPECT_EQ(p->name(), GetParam());
}

TEST_P(Distributions, DensityIntegratesToOne) {
  const auto p = example(GetParam(), {3}, 2);
  const auto [points, weights] = testing::quadrature(*p, word_of(traits_of(GetParam()).support));
  const Tensor total = (p->log_prob(points).exp() * weights).sum(0);
  EXPECT_LT(largest_difference(total, at::ones_like(total)), 1e-10);
}

TEST_P(Distributions, RsampleGradientMatchesCentralDifferencesUnderCommonNoise) {
  if (!example(GetParam(), {}, 1)->traits().has_rsample) {
    auto source = seeded(3);
    EXPECT_THROW(example(GetParam(), {}, 1)->rsample({}, source), c10::Error);
    return;
  }
  // Behind rejection the noise that is accepted jumps: RsampleGradientIsThatOfTheMoments serves.
  if (!traits_of(GetParam()).explicit_noise)
    GTEST_SKIP() << "draws by rejection: RsampleGradientIsThatOfTheMoments covers it";
  for (const std::uint64_t seed : {3, 4, 5}) {
    const auto p = example(GetParam(), {2}, seed);
    expect_gradient(*p, [&] {
      auto source = seeded(7);
      return p->rsample({6}, source).sin().sum();
    });
  }
}

// Each of 200000 examples has parameters of its own; the gradient of its draw's first two powers,
// less that of their expectations in closed form, has mean zero.
TEST_P(Distributions, RsampleGradientIsThatOfTheMoments) {
  const auto p = example(GetParam(), {200000}, 19);
  if (!p->traits().has_rsample) GTEST_SKIP() << "has no reparameterised draws";
  if (p->parameters().empty()) GTEST_SKIP() << "has no parameters";
  if (!traits_of(GetParam()).has_moments) GTEST_SKIP() << "has no moments in closed form";
  auto source = seeded(20);
  const Tensor draw = p->rsample({}, source), mean = p->mean();
  // Unequal weights: elements of a simplex or a sphere have a sum that does not move.
  const std::int64_t size = p->event_shape().empty() ? 1 : p->event_shape().back();
  const Tensor weights = at::linspace(0.5, 2.0, size, draw.options());
  std::vector<Tensor> parameters;
  for (const auto& [name, tensor] : p->parameters()) parameters.push_back(tensor);
  const auto gradient = [&](const Tensor& first, const Tensor& second) {
    const Tensor sum = p->event_shape().empty() ? (first + second * 0.3).sum()
                                                : (first * weights + second * weights * 0.3).sum();
    return torch::autograd::grad({sum}, parameters, {}, true, false, true);
  };
  const auto drawn = gradient(draw, draw.square());
  const auto expected = gradient(mean, p->variance() + mean.square());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor error = (drawn[i] - expected[i]).detach();
    expect_mean(error, at::zeros_like(error[0]), p->parameters()[i].first.c_str());
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
  if (!traits_of(GetParam()).has_moments) GTEST_SKIP() << "has no moments in closed form";
  // A multiple of every parameter, so that each has a gradient even where the entropy ignores it.
  expect_gradient(*p, [&] {
    Tensor sum = p->mean().sum() * 0.7 + p->variance().sum() * 0.3;
    if (traits_of(GetParam()).has_entropy) sum = sum + p->entropy().sum();
    for (const auto& [name, tensor] : p->parameters()) sum = sum + tensor.sum() * 0.1;
    return sum;
  });
}

TEST_P(Distributions, RsampleAndLogProbAgreesWithLogProb) {
  const auto p = example(GetParam(), {3}, 3);
  if (!p->traits().has_rsample) GTEST_SKIP() << "has no reparameterised draws";
  auto source = seeded(8);
  const auto [value, log_prob] = p->rsample_and_log_prob({4}, source);
  EXPECT_LT(largest_difference(log_prob, p->log_prob(value)), 1e-12);
}

TEST_P(Distributions, MeanVarianceAndEntropyMatchMonteCarlo) {
  const auto p = example(GetParam(), {2}, 9)->detach();
  if (!traits_of(GetParam()).has_moments) GTEST_SKIP() << "has no moments in closed form";
  auto source = seeded(10);
  const Tensor index = p->sample({200000}, source);
  const Tensor draws = index.to(at::kDouble);
  expect_mean(draws, p->mean(), "mean");
  expect_mean((draws - p->mean()).square(), p->variance(), "variance");
  if (traits_of(GetParam()).has_entropy) expect_mean(-p->log_prob(index), p->entropy(), "entropy");
}

TEST_P(Distributions, SampleAndDetachAreCutFromTheGraph) {
  const auto p = example(GetParam(), {3}, 3);
  auto source = seeded(11), again = seeded(11);
  const Tensor draw = p->sample({4}, source);
  EXPECT_FALSE(draw.requires_grad());
  EXPECT_EQ(p->log_prob(draw).requires_grad(), !p->parameters().empty());
  const auto detached = p->detach();
  EXPECT_EQ(detached->name(), p->name());
  for (const auto& [name, tensor] : detached->parameters())
    EXPECT_FALSE(tensor.requires_grad()) << name;
  EXPECT_FALSE(detached->log_prob(draw).requires_grad());
  EXPECT_TRUE(at::equal(detached->log_prob(draw), p->log_prob(draw)));
  EXPECT_TRUE(at::equal(detached->sample({4}, again), draw));
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
  const Tensor wide_draw = wide->traits().is_discrete ? draw : draw.to(at::kDouble);
  expect_close(narrow->log_prob(draw), wide->log_prob(wide_draw));
  if (traits_of(GetParam()).has_moments) {
    expect_close(narrow->mean(), wide->mean());
    expect_close(narrow->variance(), wide->variance());
  }
  if (traits_of(GetParam()).has_entropy) expect_close(narrow->entropy(), wide->entropy());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
