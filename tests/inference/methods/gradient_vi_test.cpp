#include "elbow/inference/methods/gradient_vi.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <limits>

#include "elbow/data/device/device.h"
#include "elbow/foundations/core/error.h"
#include "inference/methods/tiny_build.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::build_tiny;
using testing::first_batch;

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
  Experiment experiment = build_tiny(overrides);
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
        build_tiny({"++optimizer={type: " + optimizer + "}", "+trainer.ema={decay: 0.5}"});
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
      build_tiny({"guide.posterior.network={type: mlp, hidden_sizes: [8], normalization: batch}"});
  Inference& inference = *experiment.inference;
  auto batch = first_batch(experiment);
  batch[0].x = batch[0].x.clone();
  batch[0].x.flatten()[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(inference.step(batch, Clock{}).found_non_finite.item<float>(), 1.0f);
  for (const auto& [name, tensor] : inference.state().model)
    EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
}

TEST(GradientVi, EvaluationAndTheClockDecideTheNoiseNothingElse) {
  Experiment a = build_tiny({}), b = build_tiny({});
  const auto batch = first_batch(a);
  KeyedSource source(1, Purpose::evaluation_noise, batch[0].indices, {0});
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
  Experiment small = build_tiny({}), large = build_tiny({"model.latent_size=5"});
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
  Experiment experiment = build_tiny({});
  const Dataset& data = *experiment.dataset;
  const Tensor all = data.batch("train", row_range(0, 40), 3).x;
  EXPECT_TRUE(((all == 0) | (all == 1)).all().item<bool>());
  EXPECT_TRUE(data.batch("train", {7, 3}, 3).x[0].equal(all[7]));
  EXPECT_FALSE(data.batch("train", row_range(0, 40), 4).x.equal(all));
  EXPECT_TRUE(data.batch("train", row_range(0, 40), 3).x.equal(all));
  const Tensor mean = data.data_mean();
  EXPECT_EQ(mean.sizes(), (std::vector<std::int64_t>{1, 6, 6}));
  // 400 epochs of draws against the expectation: 36 pixels, 100 * 400 draws each, 6 standard
  // errors: false alarm below 1e-7.
  Tensor sum = at::zeros({1, 6, 6}, at::kDouble);
  for (int epoch = 1; epoch <= 400; ++epoch)
    sum += data.batch("train", row_range(0, 100), epoch).x.to(at::kDouble).mean(0);
  EXPECT_LT((sum / 400 - mean).abs().max().item<double>(), 6 * 0.5 / std::sqrt(40000.0));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
