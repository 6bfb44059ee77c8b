#include "elbow/runs/evaluate/importance.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/weight_statistics.h"
#include "support/linear_gaussian.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::LinearGaussian;
using testing::LinearGaussianPair;

std::shared_ptr<Dataset> dataset_of(const Tensor& x) {
  const Tensor copy = x.contiguous();
  data::RawData raw;
  raw.event_shape = {x.size(1)};
  data::RawSplit split;
  split.images.element = data::Element::f64;
  split.images.shape = x.sizes().vec();
  const auto* bytes = static_cast<const unsigned char*>(copy.const_data_ptr());
  split.images.bytes.assign(bytes, bytes + copy.nbytes());
  raw.splits["test"] = split;
  return std::make_shared<Dataset>(raw, "none", 1, at::Device(at::kCPU), at::kDouble);
}

class ImportanceTest : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(5); }
};

TEST_F(ImportanceTest, ExactPosteriorGivesTheEvidenceWithoutError) {
  LinearGaussianPair pair(LinearGaussian::make(10, 3, 0.5));
  const Tensor x = at::randn({21, 10}, at::kDouble);
  const Tensor evidence = pair.truth.log_evidence(x);
  for (const std::int64_t particles : {1, 2, 50}) {
    ImportanceOptions options;
    options.particles = particles;
    const auto examples = importance_estimates(
        *pair.model, *pair.guide, *dataset_of(x), "test", row_range(0, 21), options);
    for (std::int64_t i = 0; i < 21; ++i) {
      const double truth = evidence[i].item<double>();
      const auto& example = examples[static_cast<std::size_t>(i)];
      EXPECT_NEAR(example.log_evidence, truth, 1e-11 * std::max(1.0, std::abs(truth)));
      EXPECT_NEAR(example.effective_sample_size,
                  static_cast<double>(particles),
                  1e-8 * static_cast<double>(particles));
      // One draw has no estimate of its own error.
      EXPECT_EQ(std::isnan(example.log_evidence_variance), particles == 1);
      if (particles == 1) continue;
      EXPECT_LT(example.log_evidence_variance, 1e-12);
      EXPECT_NEAR(example.log_evidence_bias, 0, 1e-12);
    }
  }
}

bool same_bits(const std::vector<ExampleEstimate>& a, const std::vector<ExampleEstimate>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i].log_evidence, &b[i].log_evidence, 8) != 0 ||
        std::memcmp(&a[i].elbo, &b[i].elbo, 8) != 0 || std::memcmp(&a[i].kl, &b[i].kl, 8) != 0 ||
        a[i].posterior_mean != b[i].posterior_mean)
      return false;
  return true;
}

TEST_F(ImportanceTest, NeitherTilesInFlightNorBatchNorThreadsNorOrderChangeABit) {
  testing::TemporaryFolder folder;
  testing::TinyRun tiny(folder.path(), {"data.test_size=61"});
  auto& modules = tiny.experiment().modules;
  const Dataset& data = *tiny.experiment().dataset;
  ImportanceOptions options;
  options.particles = 37;
  const auto expected =
      importance_estimates(*modules.model, *modules.guide, data, "test", row_range(0, 61), options);
  for (const int threads : {1, 2, 3})
    for (const std::int64_t chunk : {1, 4})
      for (const std::int64_t batch : {1, 17, 1000}) {
        at::set_num_threads(threads);
        options.tiles_in_flight = chunk;
        options.batch_size = batch;
        EXPECT_TRUE(
            same_bits(expected,
                      importance_estimates(
                          *modules.model, *modules.guide, data, "test", row_range(0, 61), options)))
            << threads << " threads, " << chunk << " tiles in flight, batch " << batch;
      }
  at::set_num_threads(1);
  // An example's noise belongs to it: alone it has the same noise, and the same numbers up to the
  // place in its tile.
  const auto alone =
      importance_estimates(*modules.model, *modules.guide, data, "test", {40}, options);
  EXPECT_NEAR(alone[0].log_evidence, expected[40].log_evidence, 1e-4);
  options.seed = 2;
  EXPECT_FALSE(
      same_bits(expected,
                importance_estimates(
                    *modules.model, *modules.guide, data, "test", row_range(0, 61), options)));
}

// More particles never loosen the bound by more than its error: 5 standard errors of the
// difference, false alarm below 1e-6.
TEST_F(ImportanceTest, TheBoundTightensWithMoreParticlesAndStaysBelowTheEvidence) {
  const LinearGaussian truth = LinearGaussian::make(8, 2, 0.6);
  LinearGaussian wrong = truth;
  wrong.sigma = 1.0;  // the guide is the posterior of another noise: wider
  LinearGaussianPair pair(truth);
  const auto guide =
      std::make_shared<AmortisedGuide>(std::make_shared<testing::ExactPosterior>(wrong));
  const Tensor x = truth.bias + at::randn({200, 2}, at::kDouble).matmul(truth.weight.t()) +
                   0.6 * at::randn({200, 8}, at::kDouble);
  const Tensor evidence = truth.log_evidence(x);
  double previous = -1e300;
  for (const std::int64_t particles : {1, 10, 100, 2000}) {
    ImportanceOptions options;
    options.particles = particles;
    const auto examples = importance_estimates(
        *pair.model, *guide, *dataset_of(x), "test", row_range(0, 200), options);
    double mean = 0, variance = 0;
    for (const auto& example : examples)
      mean += example.log_evidence / 200, variance += example.log_evidence_variance / 40000;
    // One draw has no estimate of its own error.
    if (particles == 1) variance = 0;
    EXPECT_GT(mean, previous - 5 * std::sqrt(variance));
    const double truth_mean = evidence.mean().item<double>();
    if (particles >= 10) {
      EXPECT_LT(mean, truth_mean + 5 * std::sqrt(variance) + 1e-9);
    }
    previous = mean;
    if (particles == 2000) {
      EXPECT_NEAR(mean, truth_mean, 0.01);
    }
  }
}

// The NLL of five draws from a guide that is too wide is too high, and says by how much: what is
// left after taking that off is less than a third, 40 seeds of 200 examples.
TEST_F(ImportanceTest, TheBiasOfFewDrawsIsStated) {
  const LinearGaussian truth = LinearGaussian::make(8, 2, 0.6);
  LinearGaussian wrong = truth;
  wrong.sigma = 1.5;
  LinearGaussianPair pair(truth);
  const auto guide =
      std::make_shared<AmortisedGuide>(std::make_shared<testing::ExactPosterior>(wrong));
  const Tensor x = truth.bias + at::randn({200, 2}, at::kDouble).matmul(truth.weight.t()) +
                   0.6 * at::randn({200, 8}, at::kDouble);
  const double evidence = truth.log_evidence(x).mean().item<double>();
  double excess = 0, left = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    ImportanceOptions options;
    options.particles = 5;
    options.seed = seed;
    for (const auto& example : importance_estimates(
             *pair.model, *guide, *dataset_of(x), "test", row_range(0, 200), options)) {
      excess -= example.log_evidence / 8000;
      left -= (example.log_evidence - example.log_evidence_bias) / 8000;
    }
  }
  excess += evidence;
  left += evidence;
  EXPECT_GT(excess, 0.03);
  EXPECT_LT(std::abs(left), excess / 3);
}

TEST(WeightStatistics, AgreesWithTheDirectSumsAndIsScaleFree) {
  std::mt19937_64 generator(3);
  std::normal_distribution<double> normal(0.0, 1.5);
  for (const double offset : {0.0, -5000.0, 900.0}) {
    WeightStatistics statistics(1000);
    std::mt19937_64 again(3);
    double sum = 0, squares = 0;
    for (int i = 0; i < 1000; ++i) {
      const double value = normal(again);
      statistics.add(value + offset);
      sum += std::exp(value);
      squares += std::exp(2 * value);
    }
    normal.reset();
    EXPECT_NEAR(statistics.log_mean(), std::log(sum / 1000) + offset, 1e-10);
    EXPECT_NEAR(statistics.effective_sample_size(), sum * sum / squares, 1e-8);
  }
  WeightStatistics nothing(10);
  nothing.add(-INFINITY);
  EXPECT_EQ(nothing.log_mean(), -INFINITY);
  EXPECT_TRUE(std::isnan(nothing.effective_sample_size()));  // 0 / 0, and no size of 0
  // What overflowed has no place among the others, and spoils all that they say.
  for (const double overflow : {std::nan(""), static_cast<double>(INFINITY)}) {
    WeightStatistics spoilt(40);
    for (int i = 0; i < 40; ++i) spoilt.add(i == 7 ? overflow : -0.1 * i);
    for (const double value : {spoilt.log_mean(),
                               spoilt.effective_sample_size(),
                               spoilt.pareto_k(),
                               spoilt.jackknife().variance,
                               spoilt.jackknife().bias})
      EXPECT_TRUE(std::isnan(value)) << overflow;
  }
}

// A generalised Pareto sample of shape k: the estimate is within 0.1 at 20,000 draws (about 5
// standard errors; Zhang & Stephens, table 1).
TEST(WeightStatistics, ParetoShapeIsRecovered) {
  std::mt19937_64 generator(11);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (const double shape : {0.2, 0.7, 1.2}) {
    std::vector<double> draws;
    for (int i = 0; i < 20000; ++i)
      draws.push_back((std::pow(1 - uniform(generator), -shape) - 1) / shape);
    std::sort(draws.begin(), draws.end());
    EXPECT_NEAR(fit_generalised_pareto(draws).shape, shape, 0.1);
  }
}

TEST(WeightStatistics, EqualWeightsHaveNoTailAndFewDrawsSayNothing) {
  WeightStatistics equal(100), few(10);
  for (int i = 0; i < 100; ++i) equal.add(-3.0);
  for (int i = 0; i < 10; ++i) few.add(i);
  EXPECT_LT(equal.pareto_k(), 0);
  EXPECT_TRUE(std::isnan(few.pareto_k()));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
