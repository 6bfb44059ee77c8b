// Objectives and estimators through the step that trains them.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "elbow/inference/methods/gradient_vi.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using Overrides = std::vector<std::string>;

Experiment build(const Overrides& overrides) {
  const ResolvedConfig config =
      load_config_text(testing::kTinyConfig, "tiny.yaml", overrides, full_schema());
  return build_experiment(ConfigNode(config.value), /*use_stand_in=*/false, at::Device(at::kCPU));
}

std::vector<Batch> batch_of(const Experiment& experiment, std::int64_t begin) {
  return std::vector<Batch>{experiment.dataset->batch("train", row_range(begin, begin + 16), 1)};
}

const char* const kDiscrete = "++model.prior={type: bernoulli}";

/// One of every kind: bounds, two losses, coefficients, the sleep phase, learned and averaged
/// baselines.
const std::vector<Overrides>& kinds() {
  static const std::vector<Overrides> kKinds{
      {"++objective={type: iwae, num_particles: 3}"},
      {"++objective={type: iwae}", "++estimator={type: doubly_reparameterised}"},
      {"++objective={type: renyi, alpha: -0.5}"},
      {"++objective={type: piwae, num_groups: 2, group_size: 2}"},
      {"++objective={type: vr_max}"},
      {"++objective={type: cubo}", "++estimator={type: doubly_reparameterised}"},
      {"++objective={type: tvo}", "++estimator={type: vimco}"},
      {"++objective={type: reweighted_wake_sleep, sleep_phi: 0.5}",
       "++estimator={type: score_function}"},
      {"++objective={type: f_divergence, divergence: chi2}", "++estimator={type: score_function}"},
      {"++objective={type: total_correlation}"},
      {"++objective={type: mmd}"},
      {"++guide.posterior={type: bernoulli}",
       kDiscrete,
       "++objective={type: elbo, num_particles: 2}",
       "++estimator={type: score_function, baseline: learned}"},
      {"++guide.posterior={type: bernoulli}",
       kDiscrete,
       "++estimator={type: score_function, baseline: moving_average}"},
      {"++guide.posterior={type: bernoulli}", kDiscrete, "++estimator={type: disarm}"},
      {"++guide.posterior={type: categorical, num_classes: 3}",
       "++model.prior={type: categorical, num_classes: 3}",
       "++estimator={type: enumerate}"},
  };
  return kKinds;
}

// A step after the state was taken over is the step without that: parameters, moments, baselines.
TEST(Objectives, GoOnToTheSameBitsFromTheirState) {
  for (const Overrides& kind : kinds()) {
    Experiment first = build(kind), second = build(kind);
    Clock clock;
    for (int step = 0; step < 3; ++step, ++clock.step)
      first.inference->step(batch_of(first, 16 * step), clock);
    second.inference->load(first.inference->state(), "a checkpoint");
    first.inference->step(batch_of(first, 0), clock);
    second.inference->step(batch_of(second, 0), clock);
    const auto a = first.inference->state(), b = second.inference->state();
    ASSERT_EQ(a.model.size(), b.model.size()) << kind.front();
    for (std::size_t i = 0; i < a.model.size(); ++i)
      EXPECT_TRUE(a.model[i].second.equal(b.model[i].second))
          << kind.front() << " " << a.model[i].first;
  }
}

TEST(Objectives, LearnedBaselinesAreTrainedAndSaved) {
  Experiment experiment = build({"++estimator={type: score_function, baseline: learned}"});
  const auto before = experiment.inference->state().model;
  experiment.inference->step(batch_of(experiment, 0), Clock{});
  const auto after = experiment.inference->state().model;
  int parameters = 0, buffers = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].first.rfind("estimator.", 0) != 0) continue;
    EXPECT_FALSE(before[i].second.equal(after[i].second)) << before[i].first;
    (before[i].second.dim() > 0 ? parameters : buffers) += 1;
  }
  EXPECT_GE(parameters, 4);
  EXPECT_EQ(buffers, 2);
}

/// log p(x) of a batch by 500 importance weights, its mean over examples.
double evidence(GradientVi& inference, const Batch& batch) {
  const at::NoGradGuard no_grad;
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(1));
  const Trace guide = inference.guide().condition(batch)->draw(500, source, DrawGradient::none);
  const Trace model = inference.model().score(batch, guide, {source});
  const ObjectivePtr bound =
      objective_factory().create(ConfigNode(Json{{"type", "iwae"}, {"num_particles", 500}}), {});
  return bound->terms(model, guide).bound.mean().item<double>();
}

// A hundred steps on the same few examples: the evidence rises well above where it was, whatever is
// maximised. Fixed seeds; the rises are several times the half nat that is asked for.
TEST(Objectives, EveryKindLearns) {
  for (Overrides kind : kinds()) {
    kind.push_back("++optimizer={type: adam, learning_rate: 0.01}");
    Experiment experiment = build(kind);
    auto& inference = dynamic_cast<GradientVi&>(*experiment.inference);
    const auto batch = batch_of(experiment, 0);
    const double before = evidence(inference, batch[0]);
    Clock clock;
    for (; clock.step < 100; ++clock.step) {
      const StepReport report = inference.step(batch, clock);
      ASSERT_EQ(report.found_non_finite.item<float>(), 0.0f) << kind.front();
    }
    const double after = evidence(inference, batch[0]);
    EXPECT_GT(after, before + 0.5) << kind.front();
  }
}

// The parts of the KL reach the metrics under their names.
TEST(Objectives, FurtherPartsAreReported) {
  Experiment experiment = build({"++objective={type: total_correlation}"});
  const StepReport report = experiment.inference->step(batch_of(experiment, 0), Clock{});
  std::vector<std::string> names;
  for (const auto& item : report.means) names.push_back(item.first);
  for (const char* name : {"mutual_information", "total_correlation", "dimension_wise_kl"})
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
}

TEST(Objectives, PairsThatDoNotFitAreRefusedInWords) {
  struct Refused {
    Overrides overrides;
    std::string says;
  };
  for (const Refused& refused : std::vector<Refused>{
           {{"++estimator={type: vimco}"}, "'vimco' does not estimate gradients of the objective"},
           {{"++guide.posterior={type: bernoulli}", kDiscrete}, "is for continuous latents"},
           {{"++objective={type: iwae}", "++estimator={type: arm}"}, "'arm' does not estimate"},
           {{"++estimator={type: arm}"}, "is for binary latents"},
           {{"++estimator={type: score_function, baseline: leave_one_out}"}, "compares particles"},
           {{"++objective={type: reweighted_wake_sleep}",
             "++estimator={type: score_function, baseline: learned}"},
            "takes no baseline"},
           {{"++objective={type: miwae}", "++guide.posterior={type: mixture_normal}"},
            "takes particles that are alike"},
           {{"++objective={type: piwae}", "++model.prior={type: vamp}"}, "gradients of their own"},
           {{"++objective={type: total_correlation}", "++guide.posterior={type: full_rank_normal}"},
            "independent units"},
           {{"++objective={type: f_divergence, divergence: total_variation}",
             "++estimator={type: doubly_reparameterised}"},
            "are steps"},
           {{"++estimator={type: score_function}",
             "++objective={type: elbo, kl: monte_carlo, free_bits: 0.5}"},
            "acts on the KL as a whole"},
           {{"++objective={type: elbo, capacity: 5, beta: 2}"}, "in place of beta KL"}}) {
    try {
      build(refused.overrides);
      ADD_FAILURE() << refused.overrides.front() << " was accepted";
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find(refused.says), std::string::npos) << error.what();
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
