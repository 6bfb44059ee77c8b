#include "elbow/inference/gradient_vi.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <limits>

#include "elbow/core/error.h"
#include "elbow/inference/device.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Experiment build(const std::vector<std::string>& overrides) {
  const ResolvedConfig config =
      load_config_text(testing::kTinyConfig, "tiny.yaml", overrides, full_schema());
  return build_experiment(ConfigNode(config.value), /*use_stand_in=*/false, at::Device(at::kCPU));
}

std::vector<Batch> first_batch(const Experiment& experiment) {
  std::vector<Batch> pieces(1);
  pieces[0].rows = row_range(0, 16);
  pieces[0].x = experiment.dataset->batch("train", pieces[0].rows, 1);
  return pieces;
}

using Overrides = std::vector<std::string>;

/// Posterior and prior of one support: `of` names the other kind's component that goes with `name`.
std::string partner(const std::string& support, const std::string& name, const std::string& of) {
  if (support == "real") return of == "prior" ? "standard_normal" : "diag_normal";
  if (support == "sphere") return of == "prior" ? "uniform_sphere" : "von_mises_fisher";
  return name;
}

/// What goes with a family of discrete latents: an estimator, and classes that fill three units.
Overrides discrete_latents(const std::string& family, const std::string& estimator) {
  const std::string options = family == "categorical" ? ", num_classes: 3" : "";
  return {"++guide.posterior={type: " + family + options + "}",
          "++model.prior={type: " + family + options + "}",
          "++estimator={type: " + estimator + "}"};
}

/// Each objective with the first of its estimators, each estimator with an objective and latents of
/// its own.
void add_objectives_and_estimators(const Schema& schema, std::vector<Overrides>& out) {
  for (const auto& name : schema.names("objective")) {
    const Json known = schema.find("objective", name)->properties.at("estimators");
    out.push_back({"++objective={type: " + name + "}",
                   "++estimator={type: " + known.front().get<std::string>() + "}"});
  }
  for (const auto& name : schema.names("estimator")) {
    const std::string latents = schema.find("estimator", name)->properties.at("latents");
    if (latents != "any" && latents != "continuous") {
      out.push_back(discrete_latents("bernoulli", name));
      continue;
    }
    out.push_back({"++estimator={type: " + name + "}",
                   name == "vimco" ? "++objective={type: iwae}"
                                   : "++objective={type: elbo, kl: monte_carlo}"});
  }
  out.push_back({"++estimator={type: score_function, baseline: learned}"});
  out.push_back({"++objective={type: reweighted_wake_sleep, sleep_phi: 0.5}",
                 "++estimator={type: score_function}"});
  out.push_back(
      {"++objective={type: elbo, capacity: {type: linear, from: 0, to: 25, over_steps: "
       "100}, gamma: 100}"});
}

/// Overrides of the tiny configuration that use each component once.
std::vector<Overrides> uses_of_every_component(const Schema& schema) {
  std::vector<Overrides> out;
  const auto each = [&](const std::string& kind,
                        const std::string& before,
                        const std::string& after,
                        const Overrides& more = {}) {
    for (const auto& name : schema.names(kind)) {
      Overrides use{before + name + after};
      use.insert(use.end(), more.begin(), more.end());
      out.push_back(std::move(use));
    }
  };
  each("network", "++guide.posterior.network={type: ", "}");
  each("network", "++model.likelihood.network={type: ", "}");
  each("optimizer", "++optimizer={type: ", "}");
  add_objectives_and_estimators(schema, out);
  each("flow", "++guide.flows=[{type: ", ", count: 2}]");
  each("target", "++model={type: target, target: {type: ", "}}", {"++data={type: none}", "~guide"});
  for (const auto& name : schema.names("likelihood"))
    out.push_back({"++model.likelihood={type: " + name + "}",
                   name == "bernoulli" ? "seed=7" : "data.binarize=none"});
  for (const auto& name : schema.names("posterior")) {
    const std::string kind = schema.find("posterior", name)->properties.at("latent_kind");
    if (kind == "binary" || kind == "one_hot")
      out.push_back(discrete_latents(name, "score_function"));
    else
      out.push_back({"++guide.posterior={type: " + name + "}",
                     "++model.prior={type: " + partner(kind, name, "prior") + "}"});
  }
  for (const auto& name : schema.names("prior")) {
    const std::string support = schema.find("prior", name)->properties.at("support");
    if (support == "binary" || support == "one_hot") continue;  // with its posterior, above
    const std::string flows = name == "flow" ? ", flows: [{type: maf}]" : "";
    out.push_back({"++model.prior={type: " + name + flows + "}",
                   "++guide.posterior={type: " + partner(support, name, "posterior") + "}"});
  }
  out.push_back({"++model={type: density, density: {type: full_rank_normal}}",
                 "data.binarize=none",
                 "~guide"});
  return out;
}

// Every option of every component is read by somebody: none is parsed and then ignored.
TEST(Experiment, ReadsEveryKeyOfEveryComponent) {
  const Schema schema = full_schema();
  for (Overrides overrides : uses_of_every_component(schema)) {
    const std::string use = overrides.front();
    overrides.insert(overrides.end(), {"+trainer.ema={}", "+trainer.early_stopping={patience: 1}"});
    const ResolvedConfig config =
        load_config_text(testing::kTinyConfig, "tiny.yaml", overrides, schema);
    const ConfigNode node(config.value);
    build_experiment(node, false, at::Device(at::kCPU));
    TrainerOptions::from(node);
    for (const char* key : {"device", "threads", "engine"}) node.touch(key);
    node.child("trainer").child("ema").touch("evaluate");
    EXPECT_NO_THROW(check_all_read(node)) << use;
  }
}

TEST(Experiment, EveryFlowPosteriorAndPriorTakesAFiniteStep) {
  for (const Overrides& use : uses_of_every_component(full_schema())) {
    Experiment experiment = build(use);
    const StepReport report = experiment.inference->step(first_batch(experiment), Clock{});
    EXPECT_EQ(report.found_non_finite.item<float>(), 0.0f) << use.front();
  }
}

// As many as were asked for, whole ones: else a checkpoint would hold fewer pseudo-inputs than the
// configuration says.
TEST(Experiment, RowsWithGapsAreNotWhatAPriorBeginsFrom) {
  const testing::TemporaryFolder folder;
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += std::to_string(i) + (i % 2 == 0 ? ",nan\n" : ",1\n");
  io::write_file(folder.path() + "/gaps.csv", rows);
  ResolvedConfig config =
      load_config_text(testing::kTinyConfig,
                       "tiny.yaml",
                       {"++data={type: table, path: '" + folder.path() + "/gaps.csv'}",
                        "++model.likelihood={type: normal}",
                        "++model.prior={type: vamp, num_pseudo_inputs: 50}"},
                       full_schema());
  config.value["data"]["allow_nan"] = true;  // which the rules leave to models that take gaps
  Experiment experiment =
      build_experiment(ConfigNode(config.value), /*use_stand_in=*/false, at::Device(at::kCPU));
  for (const auto& parameter : experiment.modules.model->named_parameters())
    if (parameter.key().find("pseudo_inputs") != std::string::npos) {
      EXPECT_EQ(parameter.value().sizes(), (Shape{50, 2}));
      EXPECT_TRUE(parameter.value().isfinite().all().item<bool>());
      return;
    }
  FAIL() << "no pseudo-inputs";
}

// Two of forty examples rarely hold the smallest and the largest value.
TEST(Experiment, PseudoInputsHaveTheRangeOfTheTrainingData) {
  const testing::TemporaryFolder folder;
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += std::to_string(i) + "," + std::to_string(-i) + "\n";
  io::write_file(folder.path() + "/wide.csv", rows);
  const Experiment experiment =
      build({"++data={type: table, path: '" + folder.path() + "/wide.csv'}",
             "++model.likelihood={type: normal}",
             "++model.prior={type: vamp, num_pseudo_inputs: 2}"});
  double low = 0, high = 0;
  for (const auto& buffer : experiment.modules.model->named_buffers()) {
    if (buffer.key() == "prior.low") low = buffer.value().item<double>();
    if (buffer.key() == "prior.high") high = buffer.value().item<double>();
  }
  EXPECT_EQ(low, -39.0);
  EXPECT_EQ(high, 39.0);
}

TEST(Experiment, EveryParameterOfEveryCombinationGetsAFiniteGradient) {
  const Schema schema = full_schema();
  for (const auto& network : schema.names("network"))
    for (const auto& likelihood : schema.names("likelihood")) {
      std::vector<std::string> overrides{
          "++guide.posterior.network={type: " + network + "}",
          "++model.likelihood={type: " + likelihood + ", network: {type: " + network + "}}"};
      if (likelihood != "bernoulli") overrides.push_back("data.binarize=none");
      Experiment experiment = build(overrides);
      auto& inference = dynamic_cast<GradientVi&>(*experiment.inference);
      const StepReport report = inference.step(first_batch(experiment), Clock{});
      EXPECT_EQ(report.found_non_finite.item<float>(), 0.0f);
      for (const auto& [name, gradient] :
           inference.parameters().split(inference.parameters().gradients())) {
        EXPECT_TRUE(gradient.isfinite().all().item<bool>())
            << network << " " << likelihood << " " << name;
        EXPECT_GT(gradient.abs().max().item<double>(), 0.0)
            << network << " " << likelihood << " " << name;
      }
    }
}

// The gradient of the sampled bound, noise held fixed by its key, against central differences in
// float64.
TEST(GradientVi, GradientAgreesWithCentralDifferences) {
  const std::vector<std::string> overrides{
      "dtype=float64",
      "data.binarize=threshold",
      "++optimizer={type: sgd, learning_rate: 1.0e-30}",
      "guide.posterior.network={type: mlp, hidden_sizes: [4], activation: tanh}",
      "model.likelihood.network={type: mlp, hidden_sizes: [4], activation: tanh}",
      "++objective={type: elbo, num_particles: 3, beta: 0.7}"};
  Experiment experiment = build(overrides);
  auto& inference = dynamic_cast<GradientVi&>(*experiment.inference);
  const auto batch = first_batch(experiment);
  const Tensor& values = inference.parameters().values();
  inference.step(batch, Clock{});
  const Tensor gradient = inference.parameters().gradients().clone();
  auto bound_at = [&] {
    for (const auto& [name, mean] : inference.step(batch, Clock{}).means)
      if (name == "objective") return mean.item<double>();
    return std::numeric_limits<double>::quiet_NaN();
  };
  constexpr double kStep = 1e-5;
  for (std::int64_t i = 0; i < values.numel(); i += 13) {
    const double here = values[i].item<double>();
    values[i] = here + kStep;
    const double up = bound_at();
    values[i] = here - kStep;
    const double down = bound_at();
    values[i] = here;
    const double expected = -(up - down) / (2 * kStep);
    EXPECT_NEAR(gradient[i].item<double>(), expected, 1e-7 * std::max(1.0, std::abs(expected)))
        << inference.parameters().name_of(i);
  }
}

TEST(GradientVi, ANonFiniteStepChangesNeitherWeightsNorMomentsNorAverage) {
  for (const auto& optimizer : full_schema().names("optimizer")) {
    Experiment experiment =
        build({"++optimizer={type: " + optimizer + "}", "+trainer.ema={decay: 0.5}"});
    Inference& inference = *experiment.inference;
    inference.step(first_batch(experiment), Clock{});
    const InferenceState before = inference.state();
    auto batch = first_batch(experiment);
    batch[0].x = batch[0].x.clone();
    batch[0].x.flatten()[5] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(inference.step(batch, Clock{}).found_non_finite.item<float>(), 1.0f) << optimizer;
    const InferenceState after = inference.state();
    for (std::size_t i = 0; i < before.optimizer.size(); ++i)
      EXPECT_TRUE(before.optimizer[i].second.equal(after.optimizer[i].second))
          << optimizer << " " << before.optimizer[i].first;
    for (std::size_t i = 0; i < before.model.size(); ++i)
      EXPECT_TRUE(before.model[i].second.equal(after.model[i].second))
          << optimizer << " " << before.model[i].first;
  }
}

TEST(GradientVi, ANonFiniteBatchDoesNotReachTheRunningStatisticsOfBatchNorm) {
  Experiment experiment =
      build({"guide.posterior.network={type: mlp, hidden_sizes: [8], normalization: batch}"});
  Inference& inference = *experiment.inference;
  auto batch = first_batch(experiment);
  batch[0].x = batch[0].x.clone();
  batch[0].x.flatten()[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(inference.step(batch, Clock{}).found_non_finite.item<float>(), 1.0f);
  for (const auto& [name, tensor] : inference.state().model)
    EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
}

TEST(Experiment, Float64IsExactFromTheStart) {
  Experiment experiment = build({"dtype=float64",
                                 "data.binarize=none",
                                 "++model.likelihood={type: normal, scale_value: 0.3}"});
  const auto dist = experiment.modules.model->decode(at::zeros({1, 3}, at::kDouble));
  EXPECT_NEAR(dist->variance().flatten()[0].item<double>(), 0.09, 1e-16);
}

TEST(GradientVi, EvaluationAndTheClockDecideTheNoiseNothingElse) {
  Experiment a = build({}), b = build({});
  const auto batch = first_batch(a);
  KeyedSource source(1, Purpose::evaluation_noise, batch[0].rows, {0});
  b.inference->evaluate(batch[0], source);
  at::rand({100});  // somebody else draws from the default generator
  Clock clock;
  clock.step = 41;
  a.inference->step(batch, clock);
  b.inference->step(batch, clock);
  const auto x = a.inference->state().model, y = b.inference->state().model;
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_TRUE(x[i].second.equal(y[i].second)) << x[i].first;
}

TEST(GradientVi, LoadNamesTheTensorThatDoesNotFit) {
  Experiment small = build({}), large = build({"model.latent_size=5"});
  const InferenceState state = large.inference->state();
  try {
    small.inference->load(state, "step-00000001");
    FAIL() << "a state of another model was loaded";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("step-00000001: tensor '"), std::string::npos)
        << error.what();
  }
}

TEST(Device, CudaIsRefusedInWordsWhereThereIsNone) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "a CUDA device is there";
  EXPECT_TRUE(choose_device("auto").device.is_cpu());
  EXPECT_THROW(choose_device("cuda"), UsageError);
  EXPECT_THROW(choose_device("cuda:3"), UsageError);
  EXPECT_THROW(choose_device("tpu"), UsageError);
}

TEST(Dataset, BinarisationIsKeyedByExampleAndEpoch) {
  Experiment experiment = build({});
  const Dataset& data = *experiment.dataset;
  const Tensor all = data.batch("train", row_range(0, 40), 3);
  EXPECT_TRUE(((all == 0) | (all == 1)).all().item<bool>());
  EXPECT_TRUE(data.batch("train", {7, 3}, 3)[0].equal(all[7]));
  EXPECT_FALSE(data.batch("train", row_range(0, 40), 4).equal(all));
  EXPECT_TRUE(data.batch("train", row_range(0, 40), 3).equal(all));
  const Tensor mean = data.data_mean();
  EXPECT_EQ(mean.sizes(), (std::vector<std::int64_t>{1, 6, 6}));
  // 400 epochs of draws against the expectation: 36 pixels, 100 * 400 draws each, 6 standard
  // errors: false alarm below 1e-7.
  Tensor sum = at::zeros({1, 6, 6}, at::kDouble);
  for (int epoch = 1; epoch <= 400; ++epoch)
    sum += data.batch("train", row_range(0, 100), epoch).to(at::kDouble).mean(0);
  EXPECT_LT((sum / 400 - mean).abs().max().item<double>(), 6 * 0.5 / std::sqrt(40000.0));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
