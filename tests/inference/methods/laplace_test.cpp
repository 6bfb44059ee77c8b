// Laplace's approximation: exact on normals, resumed to the byte, and honest where there is no
// peak.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/inference/methods/laplace.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;

std::string config(const std::string& model,
                   const std::string& posterior,
                   const std::string& more = "",
                   const std::string& data = "none") {
  return "name: tiny\nseed: 3\ndevice: cpu\nthreads: 1\ndtype: float64\n"
         "data: {type: " +
         data +
         ", train_size: 100, validation_size: 0, test_size: 1}\n"
         "model: " +
         model + "\nguide: {posterior: {type: " + posterior +
         "}}\n"
         "inference: {type: laplace" +
         more + "}\n";
}

Tensor parameters_of(TinyRun& run) {
  return run.experiment().modules.guide->named_parameters().front().value().detach().clone();
}

const char* const kNormal =
    "{type: target, target: {type: gaussian, mean: [1, -2], covariance: [4, 1.5, 1.5, 1]}}";

TEST(Laplace, IsExactOnANormal) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {}, config(kNormal, "full_rank_normal"));
  run.trainer().fit();
  EXPECT_TRUE(run.experiment().inference->has_converged());
  const Tensor found = parameters_of(run);
  const auto q = FullRankNormal::from_flat(found.narrow(0, 0, 2), found.narrow(0, 2, 3));
  const Tensor covariance = q->scale_tril().matmul(q->scale_tril().t());
  EXPECT_TRUE(at::allclose(q->loc(), at::tensor({1.0, -2.0}, at::kDouble), 0, 1e-8));
  EXPECT_TRUE(at::allclose(
      covariance, at::tensor({4.0, 1.5, 1.5, 1.0}, at::kDouble).view({2, 2}), 1e-8, 1e-8));
}

TEST(Laplace, MeanFieldHasTheInverseOfThePrecisionsDiagonal) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {}, config(kNormal, "diag_normal"));
  run.trainer().fit();
  const Tensor found = parameters_of(run);
  const double det = 4 - 2.25;  // precision: [[1, -1.5], [-1.5, 4]] / det
  EXPECT_NEAR(found[2].item<double>(), 0.5 * std::log(det / 1), 1e-8);
  EXPECT_NEAR(found[3].item<double>(), 0.5 * std::log(det / 4), 1e-8);
}

// x ~ N(1, 2^2) has its mode at 1; s ~ Gamma(3, 2) in u = ln s: 3 u - 2 e^u, mode ln 1.5,
// precision 3.
TEST(Laplace, FindsTheModeOfAProgram) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(),
              {},
              config("{type: program, path: " ELBOW_SOURCE_DIR "/tests/programs/two_normals.stan}",
                     "full_rank_normal",
                     ", num_starts: 2",
                     "program"));
  run.trainer().fit();
  const Tensor found = parameters_of(run);
  EXPECT_NEAR(found[0].item<double>(), 1, 1e-7);
  EXPECT_NEAR(found[1].item<double>(), std::log(1.5), 1e-7);
  EXPECT_NEAR(found[2].item<double>(), std::log(2), 1e-7);
  EXPECT_NEAR(found[3].item<double>(), -0.5 * std::log(3), 1e-7);
  EXPECT_NEAR(found[4].item<double>(), 0, 1e-7);
}

TEST(Laplace, TakesTheHighestOfItsModes) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(),
              {},
              config("{type: target, target: {type: mixture, weights: [0.2, 0.8], means: [-3, 0, "
                     "3, 0], scale: [1]}}",
                     "full_rank_normal",
                     ", num_starts: 12, start_scale: 4"));
  run.trainer().fit();
  EXPECT_NEAR(parameters_of(run)[0].item<double>(), 3, 1e-4);
}

TEST(Laplace, GoesOnFromItsState) {
  const TemporaryFolder one, other;
  const std::string text =
      config("{type: target, target: {type: eight_schools, parameterization: noncentered}}",
             "full_rank_normal",
             ", num_starts: 3");
  TinyRun whole(one.path(), {}, text), parts(other.path(), {}, text);
  Clock clock;
  for (int i = 0; i < 30 && !whole.experiment().inference->has_converged(); ++i) {
    clock.step = i;
    whole.experiment().inference->step(whole.trainer().micro_batches_at(1, 0), clock);
    if (i == 7) parts.experiment().inference->load(whole.experiment().inference->state(), "state");
    if (i > 7) parts.experiment().inference->step(parts.trainer().micro_batches_at(1, 0), clock);
  }
  EXPECT_TRUE(at::equal(parameters_of(whole), parameters_of(parts)));
}

// A density that rises without end has no mode.
TEST(Laplace, SaysThatThereIsNoPeak) {
  const TemporaryFolder folder;
  io::write_file(folder.path() + "/ridge.stan",
                 "parameters { real x; real y; } model { x ~ normal(0, 1); target += 0.1 * y; }");
  TinyRun run(folder.path() + "/run",
              {},
              config("{type: program, path: " + folder.path() + "/ridge.stan}",
                     "full_rank_normal",
                     ", num_starts: 2",
                     "program"));
  try {
    run.trainer().fit();
    ADD_FAILURE() << "ended as if it had found a mode";
  } catch (const NumericalError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("no start of 2 led to a peak"));
    EXPECT_THAT(error.help(), ::testing::HasSubstr("may have no mode"));
  }
}

TEST(Laplace, RefusesWhatItCannotFit) {
  const TemporaryFolder folder;
  EXPECT_THROW(TinyRun(folder.path() + "/a", {}, config(kNormal, "low_rank_normal")), ConfigError);
  EXPECT_THROW(TinyRun(folder.path() + "/b",
                       {"++optimizer={type: sgd, learning_rate: 0.1}"},
                       config(kNormal, "diag_normal")),
               ConfigError);
  EXPECT_THROW(TinyRun(folder.path() + "/c",
                       {"++objective={type: iwae, num_particles: 5}"},
                       config(kNormal, "diag_normal")),
               ConfigError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
