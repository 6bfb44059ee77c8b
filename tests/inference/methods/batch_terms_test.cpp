// Terms of single units and of whole batches: what they cost, and what they cannot go with.
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using Overrides = std::vector<std::string>;

Overrides joined(Overrides first, const Overrides& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const Schema& schema() {
  static const Schema kSchema = full_schema();
  return kSchema;
}

Experiment build(const Overrides& overrides) {
  const ResolvedConfig config =
      load_config_text(testing::kTinyConfig, "tiny.yaml", overrides, schema());
  return build_experiment(ConfigNode(config.value), /*use_stand_in=*/false, at::Device(at::kCPU));
}

/// Why a configuration is refused; empty when it is not.
std::string refusal(const Overrides& overrides) {
  try {
    build(overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

/// 16 examples in micro-batches of equal size.
std::vector<Batch> batch_of(const Experiment& experiment, std::int64_t num_micro_batches) {
  std::vector<Batch> micro_batches;
  const std::int64_t size = 16 / num_micro_batches;
  for (std::int64_t i = 0; i < num_micro_batches; ++i) {
    micro_batches.push_back(
        experiment.dataset->batch("train", row_range(i * size, (i + 1) * size), 1));
  }
  return micro_batches;
}

double mean_named(const StepReport& report, const std::string& name) {
  for (const auto& [known, value] : report.means)
    if (known == name) return value.item<double>();
  throw std::logic_error("no mean is called " + name);
}

/// What a step takes off the reconstruction.
double cost_of(const Overrides& overrides) {
  Experiment experiment = build(overrides);
  const StepReport report = experiment.inference->step(batch_of(experiment, 1), Clock{});
  return mean_named(report, "reconstruction") - mean_named(report, "objective");
}

// --- floors under units

constexpr std::int64_t kLatents = 6;
constexpr double kFloor = 3;

/// A posterior of six units with the prior of its support; the encoder has hardly begun, so that
/// each unit's KL is far below the floor.
Overrides posterior_and_prior(const std::string& name) {
  const ComponentInfo& info = *schema().find("posterior", name);
  const auto& traits = std::get<PosteriorTraits>(info.traits);
  const SupportKind kind = traits.latent_kind;
  const std::string prior = kind == SupportKind::real     ? "standard_normal"
                            : kind == SupportKind::sphere ? "uniform_sphere"
                                                          : name;
  const std::string classes = name == "categorical" ? ", num_classes: 3" : "";
  Overrides out{"model.latent_size=6",
                "++guide.posterior={type: " + name + classes + "}",
                "++model.prior={type: " + prior + classes + "}"};
  if (!traits.pathwise) out.push_back("++estimator={type: enumerate}");
  return out;
}

Overrides with_floor(const std::string& kl = "auto") {
  return {"++objective={type: elbo, free_bits: 3, kl: " + kl + "}"};
}

const std::vector<std::string> kWithUnits{
    "diag_normal", "laplace", "logistic", "student_t", "log_normal", "gamma", "beta", "bernoulli"};

// Of every posterior: six floors of 3 nats are 18, whether the KL has a closed form or is sampled;
// or the floor is refused, since no part of the KL belongs to a unit.
TEST(FreeBits, CostTheFloorOfEachUnitOrAreRefusedForEveryPosterior) {
  for (const auto& name : schema().names("posterior")) {
    const bool has_units =
        std::find(kWithUnits.begin(), kWithUnits.end(), name) != kWithUnits.end();
    for (const char* kl : {"auto", "monte_carlo"}) {
      const Overrides overrides = joined(posterior_and_prior(name), with_floor(kl));
      if (has_units) {
        EXPECT_NEAR(cost_of(overrides), kFloor * kLatents, 1e-4) << name << " " << kl;
        continue;
      }
      const std::string why = refusal(overrides);
      EXPECT_NE(why.find("a floor under the KL of each latent unit"), std::string::npos)
          << name << ": " << why;
      EXPECT_NE(why.find("free_bits_total"), std::string::npos) << name << ": " << why;
    }
    // A floor under the whole KL goes with all of them.
    const Overrides total =
        joined(posterior_and_prior(name), {"++objective={type: elbo, free_bits_total: 50}"});
    EXPECT_NEAR(cost_of(total), 50, 1e-3) << name;
  }
}

TEST(FreeBits, AreRefusedForEveryFlowAndForPriorsThatMixTheUnits) {
  for (const auto& name : schema().names("flow")) {
    const std::string why = refusal(joined({"++guide.flows=[{type: " + name + "}]"}, with_floor()));
    EXPECT_NE(why.find("guide.flows mix the units"), std::string::npos) << name << ": " << why;
  }
  for (const auto& name : schema().names("prior")) {
    const auto* traits = schema().find("prior", name)->find_traits<PriorTraits>();
    if (traits->support != SupportKind::real) continue;
    const bool has_units =
        name == "standard_normal" ||
        std::find(kWithUnits.begin(), kWithUnits.end(), name) != kWithUnits.end();
    const std::string flows = name == "flow" ? ", flows: [{type: maf}]" : "";
    const Overrides overrides =
        joined({"model.latent_size=6", "++model.prior={type: " + name + flows + "}"}, with_floor());
    if (has_units) {
      EXPECT_NEAR(cost_of(overrides), kFloor * kLatents, 1e-4) << name;
    } else {
      EXPECT_NE(refusal(overrides).find("the prior '" + name + "' depend on each other"),
                std::string::npos)
          << name;
    }
  }
}

TEST(FreeBits, AreOfLatentsThatBelongToAnExample) {
  const Overrides net{"++data={type: synthetic_regression}",
                      "++model={type: network_regression}",
                      "++guide={posterior: {type: diag_normal}}"};
  EXPECT_NE(refusal(joined(net, with_floor())).find("share latents"), std::string::npos);
  EXPECT_EQ(refusal(net), "");
}

// The exact sum over all values of the latents gives a unit's KL as the closed form does.
TEST(FreeBits, OfAnEnumeratedGuideAreThoseOfTheClosedForm) {
  const auto cost = [](const char* kl) {
    return cost_of(
        joined(posterior_and_prior("bernoulli"),
               {std::string("++objective={type: elbo, free_bits: 1.0e-4, kl: ") + kl + "}"}));
  };
  EXPECT_NEAR(cost("auto"), cost("monte_carlo"), 1e-5);
  EXPECT_GT(cost("auto"), 6e-4);
}

// Judging each draw's part of the KL takes a floor under a number, not under draws.
TEST(FreeBits, OfASampledKlAreRefusedForEstimatorsThatJudgeDraws) {
  for (const char* posterior : {"laplace", "logistic", "student_t"})
    for (const char* floor : {"free_bits", "free_bits_total", "capacity"}) {
      const std::string why =
          refusal({std::string("++guide.posterior={type: ") + posterior + "}",
                   "++estimator={type: score_function}",
                   std::string("++objective={type: elbo, ") + floor + ": 0.5}"});
      EXPECT_NE(why.find("judge every draw's part"), std::string::npos) << posterior << why;
    }
  EXPECT_EQ(
      refusal({"++estimator={type: score_function}", "++objective={type: elbo, free_bits: 0.5}"}),
      "");
}

// --- batches in micro-batches

/// Each objective with an estimator and latents that it knows, and each key of elbo that brings in
/// a term of the batch.
std::vector<Overrides> all_objectives() {
  std::vector<Overrides> out;
  for (const auto& name : schema().names("objective")) {
    const auto* objective = schema().find("objective", name)->find_traits<ObjectiveTraits>();
    out.push_back({"++objective={type: " + name + "}",
                   "++estimator={type: " + objective->estimators.front() + "}"});
  }
  for (const char* more : {"free_bits: 0.1", "free_bits_total: 0.1", "capacity: 0", "beta: 3"})
    out.push_back({std::string("++objective={type: elbo, ") + more + "}"});
  return out;
}

bool is_refused_in_micro_batches(const Overrides& objective) {
  for (const char* word : {"total_correlation", "dip", "mmd", "free_bits", "capacity"})
    if (objective[0].find(word) != std::string::npos) return true;
  return false;
}

/// Mean of the objective over steps that move nothing, and its standard error.
std::pair<double, double> mean_objective(const Overrides& objective,
                                         std::int64_t num_micro_batches) {
  Experiment experiment =
      build(joined({"++optimizer={type: sgd, learning_rate: 1.0e-30}"}, objective));
  const auto micro_batches = batch_of(experiment, num_micro_batches);
  constexpr int kSteps = 100;
  double sum = 0, squares = 0;
  Clock clock;
  for (; clock.step < kSteps; ++clock.step) {
    const double value = mean_named(experiment.inference->step(micro_batches, clock), "objective");
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kSteps;
  return {mean, std::sqrt((squares / kSteps - mean * mean) / (kSteps - 1))};
}

// The objective of a batch does not depend on the micro-batches that it is computed in, or the pair
// is refused. Five standard errors of 100 steps: a false alarm in one of 600,000 for each, and the
// seeds are fixed.
TEST(MicroBatches, LeaveEveryObjectiveAsItIsOrAreRefused) {
  for (const Overrides& objective : all_objectives()) {
    if (is_refused_in_micro_batches(objective)) {
      const std::string why = refusal(joined({"trainer.accumulate=2"}, objective));
      EXPECT_NE(why.find("of the whole batch, which a micro-batch"), std::string::npos)
          << objective[0] << ": " << why;
      EXPECT_NE(why.find("set trainer.accumulate=1"), std::string::npos) << objective[0];
      EXPECT_EQ(refusal(objective), "") << objective[0];
      continue;
    }
    EXPECT_EQ(refusal(joined({"trainer.accumulate=2"}, objective)), "") << objective[0];
    const auto [whole, error] = mean_objective(objective, 1);
    const auto [mean, its_error] = mean_objective(objective, 8);
    EXPECT_NEAR(mean, whole, 5 * std::hypot(error, its_error) + 1e-6) << objective[0];
  }
}

// What is refused by the rules is not done by the library either.
TEST(MicroBatches, OfATermOfTheBatchAreABrokenContract) {
  for (const char* objective :
       {"++objective={type: total_correlation}", "++objective={type: elbo, capacity: 2}"}) {
    Experiment experiment = build({objective});
    EXPECT_THROW(experiment.inference->step(batch_of(experiment, 2), Clock{}), std::logic_error);
    EXPECT_NO_THROW(experiment.inference->step(batch_of(experiment, 1), Clock{}));
  }
}

TEST(MicroBatches, WouldEachBeNormalisedByTheirOwn) {
  for (const char* network : {"guide.posterior.network", "model.likelihood.network"}) {
    const auto why = [network](const char* kind) {
      return refusal({"trainer.accumulate=2",
                      std::string("++") + network +
                          "={type: mlp, hidden_sizes: [8], "
                          "normalization: " +
                          kind + "}"});
    };
    EXPECT_NE(why("batch").find(std::string(network) + ".normalization 'batch'"), std::string::npos)
        << why("batch");
    EXPECT_EQ(why("layer"), "");
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
