// Guides without tuning: exact where they can be, the same resumed at any step, and honest where
// they do not settle.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/inference/methods/advi.h"
#include "elbow/inference/monte_carlo/iterates.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/runs/evaluate/guide_quality.h"
#include "elbow/runs/evaluate/weight_statistics.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;

std::string config(const std::string& model,
                   const std::string& guide,
                   const std::string& more = "",
                   const std::string& data = "none") {
  return "name: tiny\nseed: 3\ndevice: cpu\nthreads: 1\ndtype: float64\n"
         "data: {type: " +
         data +
         ", train_size: 100, validation_size: 0, test_size: 1}\n"
         "model: " +
         model + "\nguide: " + guide + "\ninference: {type: advi" + more + "}\n";
}

const char* const kNormal =
    "{type: target, target: {type: gaussian, mean: [1, -200], covariance: [4, 145, 145, 10000]}}";
const char* const kFull = "{posterior: {type: full_rank_normal}}";
const char* const kDiagonal = "{posterior: {type: diag_normal}}";

DistributionPtr guide_of(TinyRun& run) {
  const Modules& modules = run.experiment().modules;
  return only_distribution(*modules.guide, {at::zeros({1})}, modules.model->sites());
}

TEST(Advi, IsExactOnANormalWhateverItsScales) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {}, config(kNormal, kFull));
  run.trainer().fit();
  EXPECT_TRUE(run.experiment().inference->has_converged());
  const DistributionPtr q = guide_of(run);
  EXPECT_TRUE(at::allclose(q->mean().flatten(), at::tensor({1.0, -200.0}, at::kDouble), 0, 1e-3));
  const Tensor factor = dynamic_cast<const FullRankNormal&>(*q).scale_tril().view({2, 2});
  EXPECT_TRUE(at::allclose(factor.matmul(factor.t()),
                           at::tensor({4.0, 145.0, 145.0, 10000.0}, at::kDouble).view({2, 2}),
                           1e-3));
  // Every weight is the evidence: a normal target is normalised here.
  const GuideQuality quality = quality_of_guide(run.experiment().modules, 1);
  EXPECT_NEAR(quality.elbo, 0, 1e-3);
  EXPECT_NEAR(quality.log_evidence, 0, 1e-3);
  EXPECT_EQ(quality.rejected, 0);
}

// The best mean-field normal has the mean and the inverse of the precision's diagonal; correlations
// may help, and leave the family alone.
TEST(Advi, StaysMeanField) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {}, config(kNormal, kDiagonal));
  run.trainer().fit();
  const DistributionPtr q = guide_of(run);
  const double det = 4 * 10000.0 - 145 * 145;
  EXPECT_NEAR(q->mean().flatten()[1].item<double>(), -200, 0.01 * std::sqrt(det / 4));
  EXPECT_NEAR(q->variance().flatten()[0].item<double>() / (det / 10000), 1, 5e-3);
  EXPECT_NEAR(q->variance().flatten()[1].item<double>() / (det / 4), 1, 5e-3);
}

// x ~ N(1, 2^2), s ~ Gamma(3, 2) in u = ln s. The best normal on u has E[3 u - 2 e^u] + entropy
// highest: 3 = 2 exp(m + v / 2) and 1 / v = 2 exp(m + v / 2), so v = 1 / 3, m = ln 1.5 - 1 / 6.
TEST(Advi, FindsTheBestNormalOfAProgram) {
  for (const char* guide : {kFull, kDiagonal}) {
    const TemporaryFolder folder;
    TinyRun run(
        folder.path(),
        {},
        config("{type: program, path: " ELBOW_SOURCE_DIR "/tests/programs/two_normals.stan}",
               guide,
               "",
               "program"));
    run.trainer().fit();
    const DistributionPtr q = guide_of(run);
    const Tensor mean = q->mean().flatten(), sd = q->variance().flatten().sqrt();
    // Within 5 of the errors at which it stops: false alarm of four numbers below 3e-6.
    EXPECT_NEAR(mean[0].item<double>(), 1, 0.02) << guide;
    EXPECT_NEAR(mean[1].item<double>(), std::log(1.5) - 1.0 / 6, 0.01 * std::sqrt(1.0 / 3))
        << guide;
    EXPECT_NEAR(sd[0].item<double>(), 2, 0.02) << guide;
    EXPECT_NEAR(sd[1].item<double>(), std::sqrt(1.0 / 3), 0.01 * std::sqrt(1.0 / 3)) << guide;
  }
}

TEST(Advi, TakesOtherGuidesToo) {
  for (const char* guide :
       {"{posterior: {type: low_rank_normal, rank: 1}}",
        "{posterior: {type: mixture_normal, num_components: 2}}",
        "{posterior: {type: diag_normal}, flows: [{type: planar, count: 2}]}",
        "{posterior: {type: diag_normal}, flows: [{type: affine_coupling, count: 2}]}"}) {
    const TemporaryFolder folder;
    TinyRun run(folder.path(), {}, config(kNormal, guide, ", max_steps: 900"));
    run.trainer().fit();
    const GuideQuality quality = quality_of_guide(run.experiment().modules, 1);
    EXPECT_LT(quality.elbo, 4 * quality.elbo_error) << guide;
    EXPECT_GT(quality.elbo, -0.7) << guide;  // mean field alone: -0.5 ln(1 - r^2) = -0.37
  }
}

TEST(Advi, GoesOnFromAnyState) {
  const std::string text =
      config("{type: target, target: {type: eight_schools, parameterization: noncentered}}", kFull);
  for (const int stop : {3, 60, 250, 700}) {
    const TemporaryFolder one, other;
    TinyRun whole(one.path(), {}, text), parts(other.path(), {}, text);
    Clock clock;
    clock.total_steps = 100000;
    const MicroBatches nothing = whole.trainer().micro_batches_at(1, 0);
    for (int i = 0; i < stop + 100; ++i) {
      clock.step = i;
      whole.experiment().inference->step(nothing, clock);
      if (i == stop)
        parts.experiment().inference->load(whole.experiment().inference->state(), "state");
      if (i > stop) parts.experiment().inference->step(nothing, clock);
    }
    const InferenceState a = whole.experiment().inference->state(),
                         b = parts.experiment().inference->state();
    for (std::size_t i = 0; i < a.optimizer.size(); ++i)
      EXPECT_TRUE(at::equal(a.optimizer[i].second, b.optimizer[i].second))
          << a.optimizer[i].first << " from step " << stop;
    for (std::size_t i = 0; i < a.model.size(); ++i)
      EXPECT_TRUE(at::equal(a.model[i].second, b.model[i].second)) << a.model[i].first;
  }
}

// Eight schools, centred, has no mode: its density rises towards tau = 0.
TEST(Advi, StandardisesByItselfWithoutAMode) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(),
              {},
              config("{type: target, target: {type: eight_schools, parameterization: centered}}",
                     kDiagonal,
                     ", tolerance: 0.02"));
  run.trainer().fit();
  EXPECT_TRUE(run.experiment().inference->has_converged());
  // The best mean-field normal has -34.097 with a half-Cauchy prior that is not normalised; here it
  // is.
  const GuideQuality quality = quality_of_guide(run.experiment().modules, 1);
  EXPECT_NEAR(quality.elbo, -34.097 + std::log(2), 0.05);
  EXPECT_GT(quality.pareto_k, 0.7);
  EXPECT_THAT(quality_text(json_of(quality)), ::testing::HasSubstr("not estimated"));
}

TEST(Advi, SaysThatItHasNotSettled) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {}, config(kNormal, kDiagonal, ", max_steps: 400"));
  run.trainer().fit();
  EXPECT_FALSE(run.experiment().inference->has_converged());
  EXPECT_THAT(run.experiment().inference->ending(), ::testing::HasSubstr("not stationary"));
}

TEST(Iterates, RHatOfHalvesIsThatOfTheFormula) {
  // Halves 1, 2, 3 and 3, 4, 5: variance within 1, of the means 2; (2 / 3 + 2) / 1.
  const Tensor series = at::tensor({1.0, 2.0, 3.0, 3.0, 4.0, 5.0}, at::kDouble);
  EXPECT_NEAR(r_hat_of_halves(series), std::sqrt(2.0 / 3 + 2), 1e-14);
  EXPECT_EQ(r_hat_of_halves(at::ones({6}, at::kDouble)), 1);
}

TEST(Iterates, AWindowLeavesTheWayThereOut) {
  at::manual_seed(2);
  Tensor values = at::randn({100, 3}, at::kDouble);
  values.narrow(0, 0, 40).select(1, 1) += at::linspace(20, 0, 40, at::kDouble);
  const auto window = stationary_window(values, 1.1, 20);
  ASSERT_TRUE(window.has_value());
  EXPECT_GE(window->begin, 30);
  EXPECT_LE(window->r_hat, 1.1);
  EXPECT_FALSE(stationary_window(at::linspace(0, 1, 100, at::kDouble).unsqueeze(1), 1.1, 20));
  // Independent numbers: the error of a mean is 1 / sqrt(n), by an estimate of some 20 %.
  EXPECT_NEAR(errors_of_means(at::randn({400, 1}, at::kDouble))[0].item<double>(), 0.05, 0.02);
}

TEST(ParetoSmoothing, ReplacesTheTailAlone) {
  std::vector<double> log_weights;
  for (int i = 0; i < 1000; ++i)  // quantiles of a Pareto distribution, k = 0.5
    log_weights.push_back(-0.5 * std::log((i + 0.5) / 1000));
  log_weights[0] += 3;  // one weight beyond all reason
  const std::vector<double> smoothed = pareto_smoothed(log_weights);
  const double largest = log_weights[0];
  EXPECT_LE(*std::max_element(smoothed.begin(), smoothed.end()), largest);
  EXPECT_LT(smoothed[0], largest);
  for (std::size_t i = 95; i < 1000; ++i) EXPECT_EQ(smoothed[i], log_weights[i]) << i;
  EXPECT_EQ(pareto_smoothed(std::vector<double>(100, 2.0)), std::vector<double>(100, 2.0));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
