// Experiments built from each component: every key is read, every parameter learns.
#include "elbow/inference/methods/experiment.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/models/generative/decoder.h"
#include "inference/methods/tiny_build.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::build_tiny;
using testing::first_batch;
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
    const auto* objective = schema.find("objective", name)->find_traits<ObjectiveTraits>();
    out.push_back({"++objective={type: " + name + "}",
                   "++estimator={type: " + objective->estimators.front() + "}"});
  }
  for (const auto& name : schema.names("estimator")) {
    const auto latents = schema.find("estimator", name)->find_traits<EstimatorTraits>()->latents;
    if (latents != EstimatorLatents::any && latents != EstimatorLatents::continuous) {
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

/// A table of numbers strictly between 0 and 1, which stays until the program ends.
std::string table_of_shares() {
  static const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/shares.csv";
  if (!std::filesystem::exists(path)) {
    std::string rows;
    for (int i = 1; i <= 40; ++i)
      rows += std::to_string(i / 41.0) + "," + std::to_string(1 - i / 50.0) + "," +
              std::to_string(0.1 + i % 7 / 10.0) + "\n";
    io::write_file(path, rows);
  }
  return "++data={type: table, path: '" + path + "', validation_size: 8}";
}

/// Data that a likelihood can score.
std::string data_for(const Schema& schema, const std::string& likelihood) {
  switch (schema.find("likelihood", likelihood)->find_traits<LikelihoodTraits>()->support) {
    case SupportKind::binary:
    case SupportKind::count:
    case SupportKind::integer:
      return "data.binarize=dynamic";
    case SupportKind::positive:
    case SupportKind::open_unit_interval:
      return table_of_shares();
    default:
      return "data.binarize=none";
  }
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
  for (const std::string family : {"bernoulli", "categorical, num_classes: 3"})
    each("relaxation",
         "++guide.posterior={type: " + family + ", relaxation: {learned: true, type: ",
         "}}",
         {"++model.prior={type: " + family + "}"});
  add_objectives_and_estimators(schema, out);
  each("flow", "++guide.flows=[{type: ", ", count: 2}]");
  each("target", "++model={type: target, target: {type: ", "}}", {"++data={type: none}", "~guide"});
  for (const auto& name : schema.names("likelihood"))
    out.push_back({"++model.likelihood={type: " + name + "}", data_for(schema, name)});
  for (const auto& name : schema.names("posterior")) {
    const std::string kind =
        word_of(schema.find("posterior", name)->find_traits<PosteriorTraits>()->latent_kind);
    if (kind == "binary" || kind == "one_hot")
      out.push_back(discrete_latents(name, "score_function"));
    else
      out.push_back({"++guide.posterior={type: " + name + "}",
                     "++model.prior={type: " + partner(kind, name, "prior") + "}"});
  }
  for (const auto& name : schema.names("prior")) {
    const std::string support =
        word_of(schema.find("prior", name)->find_traits<PriorTraits>()->support);
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
    Experiment experiment = build_tiny(use);
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
      build_tiny({"++data={type: table, path: '" + folder.path() + "/wide.csv'}",
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
      overrides.push_back(data_for(schema, likelihood));
      const bool is_table = overrides.back().find("type: table") != std::string::npos;
      if (is_table && network == "conv") continue;
      Experiment experiment = build_tiny(overrides);
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

TEST(Experiment, Float64IsExactFromTheStart) {
  Experiment experiment = build_tiny({"dtype=float64",
                                      "data.binarize=none",
                                      "++model.likelihood={type: normal, scale_value: 0.3}"});
  const auto dist = experiment.modules.model->decoder()->decode(at::zeros({1, 3}, at::kDouble));
  EXPECT_NEAR(dist->variance().flatten()[0].item<double>(), 0.09, 1e-16);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
