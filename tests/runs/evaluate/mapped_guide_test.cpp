// A posterior of real numbers beside a prior on other values: mapped onto them by the prior's
// support.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/data/dataset/dataset.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/export/export_run.h"
#include "finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

class MappedGuide : public ::testing::TestWithParam<const char*> {};

TEST_P(MappedGuide, GoesThroughEvaluationEncodingAndExport) {
  const testing::TemporaryFolder folder;
  TrainedRun run = testing::finished_run(
      folder,
      testing::kTinyConfig,
      {"model.prior={type: " + std::string(GetParam()) + "}", "trainer.epochs=2"});
  EvaluationOptions options;
  options.importance.particles = 64;
  const Evaluation found = evaluate_run(run, options);
  const double elbo = found.summary.at("elbo").at("value"),
               nll = found.summary.at("nll").at("value");
  EXPECT_TRUE(std::isfinite(elbo));
  EXPECT_LE(elbo, -nll);

  const at::NoGradGuard no_grad;
  const Batch batch = run.load_data()->batch("test", row_range(0, 8), /*epoch=*/0);
  const Encoding encoding = encoder_of(run).encode(batch);
  ASSERT_EQ(encoding.size(), 1u);
  EXPECT_EQ(encoding[0].first, "location");
  const Support support = run.modules.model->sites().front().support;
  EXPECT_TRUE(support.contains(encoding[0].second, {3}).all().item<bool>());
  EXPECT_EQ(draw_samples(sampler_of(run), 5, SampleOptions{}).size(0), 5);
  EXPECT_LE(export_run(run, folder.path() + "/export").largest_difference, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Priors,
                         MappedGuide,
                         ::testing::Values("gamma", "log_normal", "beta", "dirichlet"),
                         [](const auto& one) { return std::string(one.param); });

TEST(MappedGuides, HaveNoTermsOfSingleUnits) {
  const testing::TemporaryFolder folder;
  for (const char* objective : {"{type: elbo, free_bits: 0.1}", "{type: total_correlation}"}) {
    try {
      testing::TinyRun(folder.path(),
                       {"model.prior={type: gamma}", std::string("objective=") + objective});
      ADD_FAILURE() << objective << " was accepted";
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("depend on each other"), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
