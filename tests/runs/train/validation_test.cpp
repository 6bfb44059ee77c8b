// Validation during training of models whose randomness is not of single examples' latents.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/observe/metrics.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/runs/train/tensor_io.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;
using Overrides = std::vector<std::string>;

constexpr char kRegression[] = R"(
name: regression
seed: 3
dtype: float64
device: cpu
threads: 1
data: {type: synthetic_regression, features: 2, train_size: 40, validation_size: 23, test_size: 10}
model: {type: network_regression, hidden_sizes: []}
trainer: {epochs: 3, batch_size: 16}
)";
constexpr double kTrain = 40, kNoise = 0.5;

/// Every model whose latents all examples share, with every guide over them that it takes.
std::vector<Overrides> shared_latents() {
  std::vector<Overrides> out;
  for (const auto& row : model_factory().rows()) {
    if (!std::get<ModelTraits>(row.info.traits).has_global_sites) continue;
    const std::string model = "++model={type: " + row.info.name + ", hidden_sizes: [4]}";
    const bool has_classes = std::get<ModelTraits>(row.info.traits).has_binary_response;
    const std::string data =
        std::string("data.type=synthetic_") + (has_classes ? "classification" : "regression");
    const Schema schema = full_schema();
    for (const auto& name : schema.names("posterior"))
      if (schema.find("posterior", name)->find_traits<PosteriorTraits>()->can_be_centred)
        out.push_back({model, data, "+guide={posterior: {type: " + name + "}}"});
    out.push_back({model, data, "+guide={flows: [{type: planar, count: 2}]}"});
    out.push_back({model, data, "objective={type: bb_alpha, num_particles: 3}"});
  }
  return out;
}

TEST(Validation, EveryModelWithSharedLatentsTrainsWithIt) {
  const auto cases = shared_latents();
  ASSERT_GE(cases.size(), 4u);
  for (const Overrides& overrides : cases) {
    const TemporaryFolder folder;
    TinyRun tiny(folder.path(), overrides, kRegression);
    tiny.trainer().fit();
    std::vector<double> elbos;
    for (const Json& record : read_metrics(folder.path() + "/metrics.jsonl"))
      if (record.at("split") == "valid") elbos.push_back(record.at("elbo").get<double>());
    ASSERT_EQ(elbos.size(), 3u) << overrides.back();
    EXPECT_TRUE(std::isfinite(elbos[2])) << overrides.back();
    // The same draws at every evaluation.
    Experiment& experiment = tiny.experiment();
    at::rand({10});
    const Json again = evaluate_split(*experiment.inference, *experiment.dataset, "valid", 3);
    EXPECT_EQ(again.at("elbo").get<double>(), elbos[2]) << overrides.back();
  }
}

/// The ELBO of each example under w ~ N(m, s^2 I) and y ~ N(phi w, noise^2), its parts in closed
/// form. Weights are in units of 1 / sqrt(3) and have the prior N(0, 1).
struct LinearElbo {
  Tensor reconstruction;  ///< [B]
  double kl = 0;
};
LinearElbo exact_elbo(const Tensor& x, const Tensor& mean, double scale) {
  const Tensor inputs = x.narrow(1, 0, 2), y = x.select(1, 2);
  const Tensor phi = at::cat({inputs, at::ones({x.size(0), 1}, at::kDouble)}, 1) / std::sqrt(3.0);
  const Tensor squares = (y - phi.matmul(mean)).square() + scale * scale * phi.square().sum(1);
  const Tensor kl = (mean.square() + scale * scale - 1).sum() / 2 - 3 * std::log(scale);
  return {-squares / (2 * kNoise * kNoise) - std::log(kNoise) - 0.5 * std::log(2 * M_PI),
          kl.item<double>() / kTrain};
}

// Weights of almost no width: their 16 draws are nearly one, and the numbers are those of plain
// regression, to ten times what a width of 1e-4 moves them by.
TEST(Validation, OfWeightsThatAreKnownIsPlainRegression) {
  const TemporaryFolder folder;
  TinyRun tiny(folder.path(), {"model.start_scale=1.0e-4"}, kRegression);
  Experiment& experiment = tiny.experiment();
  const Tensor mean =
      only_distribution(*experiment.modules.guide, {}, experiment.modules.model->sites())
          ->mean()[0]
          .detach();
  const Tensor x = experiment.dataset->batch("valid", row_range(0, 23), 0).x;
  const LinearElbo exact = exact_elbo(x, mean, 1e-4);
  const Json found = evaluate_split(*experiment.inference, *experiment.dataset, "valid", 3);
  EXPECT_NEAR(found.at("kl").get<double>(), exact.kl, 1e-9);
  EXPECT_NEAR(
      found.at("reconstruction").get<double>(), exact.reconstruction.mean().item<double>(), 1e-3);
  EXPECT_NEAR(
      found.at("elbo").get<double>(), exact.reconstruction.mean().item<double>() - exact.kl, 1e-3);
}

// Over 300 seeds the mean is the closed form. Five standard errors: Student's t with 299 degrees of
// freedom, false alarm below 1e-6.
TEST(Validation, OfWideWeightsIsTheExpectationOverThem) {
  constexpr double kScale = 0.8;
  constexpr int kSeeds = 300;
  const TemporaryFolder folder;
  TinyRun tiny(folder.path(), {"model.start_scale=0.8"}, kRegression);
  Experiment& experiment = tiny.experiment();
  const Tensor mean =
      only_distribution(*experiment.modules.guide, {}, experiment.modules.model->sites())
          ->mean()[0]
          .detach();
  const Tensor x = experiment.dataset->batch("valid", row_range(0, 23), 0).x;
  const LinearElbo exact = exact_elbo(x, mean, kScale);
  double sum = 0, squares = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const Json found = evaluate_split(
        *experiment.inference, *experiment.dataset, "valid", static_cast<std::uint64_t>(seed));
    const double value = found.at("elbo").get<double>();
    sum += value, squares += value * value;
  }
  const double average = sum / kSeeds;
  const double error = std::sqrt((squares / kSeeds - average * average) / (kSeeds - 1));
  EXPECT_GT(error, 0);
  EXPECT_NEAR(average, exact.reconstruction.mean().item<double>() - exact.kl, 5 * error);
}

/// Mean ELBO of the validation set under the weights that `eval` takes from a checkpoint.
double elbo_as_evaluated(Experiment& experiment, const std::string& folder, bool use_average) {
  const auto stored = decode_tensors(
      io::CheckpointStore(folder + "/checkpoints").load("latest").file("model.safetensors"),
      "latest");
  load_weights(*experiment.modules.model, *experiment.modules.guide, stored, use_average, "latest");
  return evaluate_split(*experiment.inference, *experiment.dataset, "valid", 3).at("elbo");
}

// Best checkpoint and early stopping are about what is evaluated. Old code validated the raw
// weights whatever trainer.ema.evaluate said.
TEST(Validation, IsOfTheWeightsThatWillBeEvaluated) {
  std::vector<std::string> bytes;
  for (const bool of_average : {true, false}) {
    const TemporaryFolder folder;
    TinyRun tiny(
        folder.path(),
        {std::string("+trainer.ema={decay: 0.9, evaluate: ") + (of_average ? "ema}" : "raw}"),
         "optimizer.learning_rate=0.05",
         "++guide.posterior={type: diag_normal}"},
        kRegression);
    tiny.trainer().fit();
    double shown = 0;
    for (const Json& record : read_metrics(folder.path() + "/metrics.jsonl"))
      if (record.at("split") == "valid") shown = record.at("elbo").get<double>();
    bytes.push_back(io::CheckpointStore(folder.path() + "/checkpoints")
                        .load("latest")
                        .file("model.safetensors"));
    const double average = elbo_as_evaluated(tiny.experiment(), folder.path(), true),
                 raw = elbo_as_evaluated(tiny.experiment(), folder.path(), false);
    EXPECT_NE(average, raw);
    EXPECT_EQ(shown, of_average ? average : raw);
  }
  // What is looked at on the way decides nothing about the weights.
  EXPECT_EQ(bytes[0], bytes[1]);
}

/// Terms of these validation examples, asked for together.
Tensor elbo_of(Experiment& experiment, const std::vector<std::int64_t>& rows) {
  const Batch batch = experiment.dataset->batch("valid", rows, 0);
  KeyedSource source(3, Purpose::evaluation_noise, rows, {0});
  return experiment.inference->evaluate(batch, source).front().second;
}

// Weights are the same in every batch, units that dropout leaves out the same for an example.
TEST(Validation, IsTheSameInAnyBatches) {
  for (const char* model : {"++model={type: network_regression, hidden_sizes: [4]}",
                            "++model={type: dropout_regression, hidden_sizes: [4], rate: 0.4}"}) {
    const TemporaryFolder folder;
    TinyRun tiny(folder.path(), {model}, kRegression);
    const Tensor all = elbo_of(tiny.experiment(), row_range(0, 23));
    at::rand({100});  // somebody else draws from the default generator
    const Tensor parts = at::cat({elbo_of(tiny.experiment(), row_range(0, 9)),
                                  elbo_of(tiny.experiment(), row_range(9, 23))});
    EXPECT_TRUE(at::allclose(all, parts, 1e-12, 1e-12)) << model;
    EXPECT_GT(all.std().item<double>(), 0) << model;
  }
}

// The best of a few early passes was evaluated: its posterior was up to 40 % too wide.
TEST(Validation, ClosedFormsAreKeptWhereTheySettle) {
  const std::string config = R"(
name: regression
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_regression, features: 2, train_size: 20, validation_size: 10, test_size: 10}
model: {type: linear_regression, weight_prior: {type: ard}}
inference: {type: conjugate}
trainer: {epochs: 30}
)";
  const TemporaryFolder folder;
  TinyRun(folder.path(), {}, config).trainer().fit();
  const io::CheckpointStore store(folder.path() + "/checkpoints");
  EXPECT_FALSE(store.best().has_value());
  EXPECT_EQ(store.load("latest").name, store.names().back());
  const Json run = RunDirectory(folder.path()).read_run_json();
  EXPECT_FALSE(run.contains("best"));
  EXPECT_EQ(run.at("last").at("split"), "valid");
  // Who asks for early stopping gets it, and minibatches have no place where they settle.
  for (const auto& overrides : std::vector<Overrides>{
           {"+trainer.early_stopping={patience: 50}"},
           {"inference.batch_size=10", "inference.rho={type: robbins_monro, delay: 1}"}}) {
    const TemporaryFolder other;
    TinyRun(other.path(), overrides, config).trainer().fit();
    EXPECT_TRUE(io::CheckpointStore(other.path() + "/checkpoints").best().has_value());
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
