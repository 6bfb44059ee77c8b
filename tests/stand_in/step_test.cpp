// Steps on the stand-in: what a step must not do there is seen when somebody does it.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand_like.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "elbow/data/device/device.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/inference/estimators/pathwise.h"
#include "elbow/inference/methods/experiment.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/inference/objectives/elbo.h"
#include "elbow/runs/train/full_schema.h"
#include "stand_in/use_stand_in.h"
#include "support/stand_in/ledger.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using stand_in::ledger;
using ::testing::HasSubstr;

const char* const kText = R"(
name: tiny
seed: 7
data: {type: synthetic_images, height: 6, width: 6, count: 64, validation_size: 8, test_size: 8, binarize: dynamic}
model:
  latent_size: 3
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [8]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}
trainer: {epochs: 1, batch_size: 16}
)";

/// The ELBO, and what somebody does with it.
class Meddling : public Elbo {
 public:
  using Meddle = std::function<Tensor(const Tensor& bound)>;
  explicit Meddling(Meddle meddle) : Elbo(Elbo::Options{}), meddle_(std::move(meddle)) {}
  BoundTerms terms(const Trace& model, const Trace& guide, RandomSource* source) const override {
    BoundTerms out = Elbo::terms(model, guide, source);
    out.bound = meddle_(out.bound);
    return out;
  }

 private:
  Meddle meddle_;
};

class StepOnStandIn : public test::OnStandIn {
 protected:
  explicit StepOnStandIn(const std::string& device = "cuda")
      : config_(load_config_text(kText, "tiny.yaml", {}, full_schema())),
        device_(choose_device(device).device),
        experiment_(build_experiment(ConfigNode(config_.value), /*use_stand_in=*/false, device_)) {}

  /// With an objective that meddles.
  std::unique_ptr<GradientVi> inference(Meddling::Meddle meddle) {
    GradientVi::Options options;
    options.num_examples = experiment_.dataset->size("train");
    options.learning_rate = schedule_factory().create(
        ConfigNode(config_.value).child("optimizer").child("learning_rate"));
    const ConfigNode optimizer = ConfigNode(config_.value).child("optimizer");
    return std::make_unique<GradientVi>(
        experiment_.modules.model,
        experiment_.modules.guide,
        std::make_shared<Meddling>(std::move(meddle)),
        std::make_shared<Pathwise>(),
        [&](const Tensor& values) { return optimizer_factory().create(optimizer, values); },
        options);
  }
  void step(Inference& inference, std::int64_t number) const {
    std::vector<std::int64_t> rows(16);
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = static_cast<std::int64_t>(i) + 16 * (number % 4);
    inference.step(
        {{rows},
         [this](const auto& which) { return experiment_.dataset->batch("train", which, 1); }},
        Clock{number, 4, 100});
  }
  /// What the host waits for in the second and third step.
  std::int64_t waits_of(Meddling::Meddle meddle) {
    const auto fit = inference(std::move(meddle));
    step(*fit, 0);
    const std::int64_t before = ledger().num_waits();
    step(*fit, 1);
    step(*fit, 2);
    return ledger().num_waits() - before;
  }
  std::string refusal_of(Meddling::Meddle meddle) {
    const auto fit = inference(std::move(meddle));
    try {
      step(*fit, 0);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }
  /// Weights after 8 steps.
  Tensor weights(Meddling::Meddle meddle, bool is_captured) {
    const auto fit = inference(std::move(meddle));
    const InferenceState start = fit->state();
    if (is_captured) fit->ask_for_graph();
    for (std::int64_t i = 0; i < 8; ++i) step(*fit, i);
    EXPECT_EQ(fit->engine().name, is_captured ? "graph" : "autograd") << fit->engine().why;
    Tensor out = fit->parameters().values().cpu();
    fit->load(start, "the start");
    return out;
  }

  ResolvedConfig config_;
  at::Device device_;
  Experiment experiment_;
};

Tensor as_it_is(const Tensor& bound) { return bound; }

TEST_F(StepOnStandIn, ReadingANumberIsSeen) {
  EXPECT_EQ(waits_of(as_it_is), 0);
  EXPECT_EQ(waits_of([](const Tensor& bound) {
              return bound * (bound.mean().item<double>() > 0 ? 1 : 1);
            }),
            2);
}

TEST_F(StepOnStandIn, ATensorOfTheHostIsRefused) {
  EXPECT_EQ(refusal_of(as_it_is), "");
  EXPECT_NE(refusal_of([](const Tensor& bound) { return bound + at::zeros(bound.sizes()); }), "");
}

TEST_F(StepOnStandIn, ADrawFromAGlobalGeneratorIsRefused) {
  EXPECT_THAT(refusal_of([](const Tensor& bound) { return bound + at::rand_like(bound); }),
              HasSubstr("global generator"));
}

TEST_F(StepOnStandIn, ANumberOfTheHostThatACaptureFreezesIsSeen) {
  int calls = 0;
  const auto changing = [&calls](const Tensor& bound) { return bound * (1.0 + 0.1 * calls++); };
  EXPECT_TRUE(weights(as_it_is, false).equal(weights(as_it_is, true)));
  const Tensor eager = weights(changing, false);
  calls = 0;
  EXPECT_FALSE(eager.equal(weights(changing, true)));
}

TEST_F(StepOnStandIn, WhatCannotBeCapturedIsTakenAsBeforeAndSaid) {
  const auto reading = [](const Tensor& bound) {
    return bound * (bound.mean().item<double>() > 0 ? 1 : 1);
  };
  const Tensor eager = weights(reading, false);
  const auto fit = inference(reading);
  const InferenceState start = fit->state();
  fit->ask_for_graph();
  for (std::int64_t i = 0; i < 8; ++i) step(*fit, i);
  EXPECT_TRUE(fit->parameters().values().cpu().equal(eager));
  EXPECT_EQ(fit->engine().name, "autograd");
  EXPECT_THAT(fit->engine().why, HasSubstr("reading a number is not permitted"));
  fit->load(start, "the start");
}

// LibTorch's global generators are somebody else's.
TEST_F(StepOnStandIn, LeavesGlobalGeneratorsAlone) {
  const auto states = [&] {
    at::Generator device = at::globalContext().defaultGenerator(device_);
    return std::make_pair(at::detail::getDefaultCPUGenerator().get_state(), device.get_state());
  };
  for (const bool is_captured : {false, true}) {
    const auto before = states();
    weights(as_it_is, is_captured);
    const auto after = states();
    EXPECT_TRUE(before.first.equal(after.first)) << is_captured;
    EXPECT_TRUE(before.second.equal(after.second)) << is_captured;
  }
}

// A step whose gradient is not finite changes nothing, and nobody waits to learn of it.
TEST_F(StepOnStandIn, WhatIsNotFiniteIsMaskedOnTheDevice) {
  const auto spoilt = [](const Tensor& bound) { return bound / bound.sub(bound); };
  EXPECT_EQ(waits_of(spoilt), 0);
  const auto fit = inference(spoilt);
  const Tensor before = fit->parameters().values().cpu();
  step(*fit, 0);
  EXPECT_TRUE(fit->parameters().values().cpu().equal(before));
}

/// The second of two devices, while the first one holds nothing.
class StepOnSecondDevice : public StepOnStandIn {
 protected:
  StepOnSecondDevice() : StepOnStandIn("cuda:1") {}
};

TEST_F(StepOnSecondDevice, EverythingIsThere) {
  EXPECT_EQ(device_, stand_in::device(1));
  EXPECT_EQ(stand_in::current_device(), 1);
  EXPECT_EQ(refusal_of(as_it_is), "");
  EXPECT_EQ(waits_of(as_it_is), 0);
  const auto fit = inference(as_it_is);
  EXPECT_EQ(stand_in::device_of(fit->parameters().values().const_data_ptr()), 1);
  choose_device("cuda:0");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
