// Counts whose means are in proportion to the total of their row.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/export/export_run.h"
#include "finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

const char* const kSized = R"(
name: sized
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_counts, data_size: 5, train_size: 300, validation_size: 20, test_size: 20}
model:
  latents: {z: {size: 2}}
  likelihood: {type: poisson, given: [z, library_size], network: {type: mlp, hidden_sizes: [4]}}
guide:
  latents: {z: {given: [x, library_size], network: {type: mlp, hidden_sizes: [8], input: symlog}}}
optimizer: {type: adam, learning_rate: 0.01}
trainer: {epochs: 2, batch_size: 50}
)";

class LibrarySize : public ::testing::Test {
 protected:
  const testing::TemporaryFolder folder_;
};

TEST_F(LibrarySize, IsAFactorOfEveryMean) {
  TrainedRun run = testing::finished_run(folder_, kSized);
  const at::NoGradGuard no_grad;
  Batch batch = run.load_data()->batch("test", row_range(0, 6), /*epoch=*/0);
  GeneratorSource source;
  const Trace z = run.modules.guide->condition(batch)->draw(1, source, DrawGradient::none);
  const auto mean = [&](const Batch& of) {
    return run.modules.model->score(of, z, {source}).at("x").dist().mean().squeeze(0);
  };
  const Tensor own = mean(batch);
  batch.library_size = at::full({6}, 10.0, at::kDouble);
  const Tensor of_ten = mean(batch);
  EXPECT_TRUE(
      at::allclose(own, of_ten * batch.x.sum(-1).clamp_min(1).unsqueeze(-1) / 10, 1e-10, 1e-12));
}

TEST_F(LibrarySize, OfDrawsIsTheTypicalOneOrTheOneAskedFor) {
  TrainedRun run = testing::finished_run(folder_, kSized);
  SampleOptions options;
  options.use_mean = true;
  const double typical = run.modules.model->named_buffers()["library_size"].item<double>();
  const Tensor as_usual = draw_samples(sampler_of(run), 9, options);
  options.library_size = 2 * typical;
  EXPECT_TRUE(at::allclose(draw_samples(sampler_of(run), 9, options), 2 * as_usual, 1e-10, 1e-12));
  const double mean = run.load_data()->data_mean().sum().item<double>();
  EXPECT_NEAR(typical, mean, 1e-9 * mean);
  EXPECT_LE(export_run(run, folder_.path() + "/export").largest_difference, 1e-9);
}

TEST_F(LibrarySize, IsOfCountsWithoutGaps) {
  const auto refused = [](const std::string& change) -> std::string {
    try {
      load_config_text(kSized, "sized.yaml", {change}, full_schema());
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(refused("model.likelihood={type: normal, given: [z, library_size]}")
                .find("'normal' scores no counts"),
            std::string::npos);
  EXPECT_NE(refused("model.latents.library_size={size: 2}").find("what the data say"),
            std::string::npos);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
