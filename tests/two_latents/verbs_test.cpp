// A model with two latents and a guide over both, a row of one source each, through what a run goes
// through in the library: nothing else knows them.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/models/generative/two_level.h"
#include "elbow/runs/evaluate/diagnosis.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/reconstructor.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "runs/evaluate/finished_run.h"
#include "two_latents/two_level_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::finished_run;
using testing::TemporaryFolder;
using testing::TinyRun;

const char* const kText = testing::kTwoLevelRun;

class TwoLatents : public ::testing::Test {
 protected:
  const TemporaryFolder folder_;
};

std::string weights_in(const std::string& folder) {
  return io::CheckpointStore(folder + "/checkpoints").load("latest").file("model.safetensors");
}

TwoLevelModel& model_of(const TrainedRun& run) {
  return dynamic_cast<TwoLevelModel&>(*run.modules.model);
}

TEST_F(TwoLatents, ATrainingResumesToTheSameBytes) {
  const std::string whole = folder_.path() + "/whole", parts = folder_.path() + "/parts";
  TinyRun(whole, {"trainer.epochs=4"}, kText).trainer().fit();
  TinyRun(parts, {"trainer.epochs=2"}, kText).trainer().fit();
  {
    TinyRun again(parts, {"trainer.epochs=4"}, kText);
    again.trainer().restore(io::CheckpointStore(parts + "/checkpoints").load("latest"));
    again.trainer().fit();
  }
  EXPECT_EQ(weights_in(parts), weights_in(whole));
}

// The guide holds the exact posterior, so that bound and importance estimate come to the evidence,
// which is known; no lower bound lies above it. With 500 draws from a guide that is nearly exact
// the estimate of an example is off by less than 0.01.
TEST_F(TwoLatents, EvaluationFindsTheEvidence) {
  TrainedRun run = finished_run(folder_, kText);
  EvaluationOptions options;
  options.importance.particles = 500;
  const Evaluation found = evaluate_run(run, options);
  const at::NoGradGuard no_grad;
  const Tensor x = run.load_data()->batch("test", found.rows, /*epoch=*/0).x;
  const Tensor exact = model_of(run).log_evidence(x);
  for (std::size_t i = 0; i < found.examples.size(); ++i) {
    const double evidence = exact[static_cast<std::int64_t>(i)].item<double>();
    EXPECT_NEAR(found.examples[i].log_evidence,
                evidence,
                0.01 + 5 * std::sqrt(found.examples[i].log_evidence_variance));
    EXPECT_LT(found.examples[i].elbo,
              evidence + 5 * std::sqrt(found.examples[i].elbo_variance) + 1e-9);
  }
  const double gap =
      exact.mean().item<double>() - found.summary.at("elbo").at("value").get<double>();
  EXPECT_LT(gap, 0.5);
  EXPECT_GT(gap, -0.1);
  EXPECT_EQ(found.summary.at("latents").at("z2").at("units"), 2);
  EXPECT_EQ(found.summary.at("latents").at("z1").at("units"), 3);
  EXPECT_GT(found.summary.at("latents").at("z1").at("active_units").get<int>(), 0);
  EXPECT_EQ(found.summary.at("mean_variance_per_unit").size(), 5u);
}

TEST_F(TwoLatents, AreEncodedReconstructedAndDrawn) {
  TrainedRun run = finished_run(folder_, kText);
  const at::NoGradGuard no_grad;
  const Batch batch = run.load_data()->batch("test", row_range(0, 60), /*epoch=*/0);
  const Encoding encoding = encoder_of(run).encode(batch);
  ASSERT_EQ(encoding.size(), 4u);
  EXPECT_EQ(encoding[0].first, "z2_mean");
  EXPECT_EQ(encoding[3].first, "z1_scale");
  EXPECT_EQ(encoding[3].second.sizes(), (at::IntArrayRef{60, 3}));
  const Tensor again = reconstructor_of(run).reconstruct(batch);
  ASSERT_EQ(again.sizes(), batch.x.sizes());
  // What was reconstructed is nearer to the data than their mean is.
  EXPECT_LT((again - batch.x).square().mean().item<double>(),
            batch.x.var(0).mean().item<double>() / 2);
  const Tensor drawn = draw_samples(sampler_of(run), 4000, SampleOptions{});
  ASSERT_EQ(drawn.sizes(), (at::IntArrayRef{4000, 5}));
  const Tensor all = run.load_data()->batch("train", row_range(0, 400), 0).x;
  EXPECT_LT((drawn.mean(0) - all.mean(0)).abs().max().item<double>(), 0.4);
}

TEST_F(TwoLatents, AreDiagnosed) {
  TrainedRun run = finished_run(folder_, kText, {"trainer.epochs=3"});
  DiagnosisOptions options;
  options.gradients.draws = 20;
  options.gradients.reference_draws = 100;
  options.gradients.estimators = "pathwise,sticking_the_landing,score_function";
  const Diagnosis found = diagnose_run(run, options);
  EXPECT_TRUE(found.summary.contains("posterior"));
  EXPECT_TRUE(found.summary.contains("gradients"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
