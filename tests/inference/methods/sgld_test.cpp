// SGLD on a normal: its stationary variance at a step is known.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/sgld.h"
#include "elbow/inference/monte_carlo/diagnostics.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;

std::string config(const std::string& more) {
  return "name: tiny\nseed: 3\ndevice: cpu\nthreads: 1\ndtype: float64\n"
         "data: {type: none, train_size: 1, validation_size: 0, test_size: 1}\n"
         "model: {type: target, target: {type: gaussian, mean: [1, -1]}}\n"
         "inference: {type: sgld, num_chains: 20, " +
         more + "}\ntrainer: {log_every_steps: 100000, batch_size: 1}\n";
}

const DrawsGuide& draws_of(TinyRun& run) {
  return dynamic_cast<const DrawsGuide&>(*run.experiment().modules.guide);
}

TEST(Sgld, HasNoMetricWithoutAWarmUp) {
  const TemporaryFolder folder;
  EXPECT_THROW(
      TinyRun(folder.path(), {}, config("preconditioned: true, num_warmup: 0, num_draws: 10")),
      ConfigError);
}

// x <- x - h/2 (x - m) + sqrt(h) xi is an autoregression: variance 1 / (1 - h / 4) at rest. 5
// standard errors of the sample's variance: p < 1e-6; fixed seed.
TEST(Sgld, HasTheVarianceOfItsStep) {
  const TemporaryFolder folder;
  TinyRun run(
      folder.path(),
      {},
      config("step_size: 0.8, num_warmup: 50, num_draws: 1000, thin: 10, start_scale: 1.0"));
  run.trainer().advance(1000000);
  const Tensor z = draws_of(run).draws().flatten(0, 1);
  ASSERT_EQ(z.size(0), 20000);
  const double expected = 1 / (1 - 0.8 / 4);
  for (std::int64_t d = 0; d < 2; ++d) {
    EXPECT_NEAR(
        z.select(1, d).var().item<double>(), expected, 5 * expected * std::sqrt(2.2 / 20000));
    EXPECT_NEAR(z.select(1, d).mean().item<double>(), d == 0 ? 1 : -1, 5 * std::sqrt(1.5 / 20000));
  }
}

// A metric that followed the chain would leave the variances up to half too large, and the more the
// smaller the step. 8 standard errors of 20 chains' draws that depend on each other; fixed seed.
TEST(Sgld, AMetricOfTheWarmUpLeavesTheVarianceRight) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(),
              {},
              config("preconditioned: true, step_size: 0.05, num_warmup: 1000, num_draws: 1000, "
                     "thin: 40, start_scale: 1.0"));
  run.trainer().advance(1000000);
  const Tensor z = draws_of(run).draws();  // [S, C, 2]
  for (std::int64_t d = 0; d < 2; ++d) {
    const Tensor x = z.select(2, d).t().contiguous();
    EXPECT_NEAR(x.std().item<double>(), 1.0, 8 * mcse_of_sd(x) + 0.02);
    EXPECT_LT(mcse_of_sd(x), 0.02);
  }
}

TEST(Sgld, GoesOnToTheByte) {
  for (const char* more : {"", ", preconditioned: true"}) {
    const std::string text =
        config("step_size: 0.01, num_warmup: 5, num_draws: 6, thin: 3" + std::string(more));
    const TemporaryFolder whole_folder, first_folder, second_folder;
    TinyRun whole(whole_folder.path(), {}, text);
    whole.trainer().advance(23);
    TinyRun first(first_folder.path(), {}, text);
    first.trainer().advance(12);
    TinyRun second(second_folder.path(), {}, text);
    auto& sgld = dynamic_cast<Sgld&>(*second.experiment().inference);
    sgld.load(first.experiment().inference->state(), "state");
    Clock clock = first.trainer().clock();
    while (clock.step < 23) {
      sgld.step(first.trainer().micro_batches_at(1, 0), clock);
      ++clock.step;
    }
    EXPECT_EQ(draws_of(second).num_made(), 6);
    EXPECT_TRUE(draws_of(whole).draws().equal(draws_of(second).draws())) << more;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
