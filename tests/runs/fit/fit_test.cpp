// The way in for a C++ program: tensors and a configuration, without files.
#include "elbow/runs/fit/fit.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>

#include <limits>
#include <mutex>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/inference.h"
#include "runs/train/trainer_fixture.h"
#include "support/seeded.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Fitting : public testing::TrainerFixture {};

constexpr char kModel[] = R"(
seed: 7
model:
  latent_size: 2
  likelihood: {type: normal, network: {type: mlp, hidden_sizes: [8]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}
trainer: {epochs: 2, batch_size: 16}
)";

/// [N, 4] on a plane, with a little noise.
Tensor points(std::int64_t n) {
  GeneratorSource source = testing::seeded(3);
  const Tensor axes = source.normal({2, 4}, at::kFloat);
  return source.normal({n, 2}, at::kFloat).matmul(axes) + 0.1 * source.normal({n, 4}, at::kFloat);
}

/// What is wrong with such a configuration or such examples.
template <class Failure>
std::string refusal(const std::string& yaml, const Tensor& examples) {
  try {
    Fit(yaml, examples);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

std::string with_data(const std::string& data) { return kModel + ("data: " + data + "\n"); }

NamedTensors weights(const Inference& inference) { return inference.state().model; }

// With accumulation, and a last batch that is smaller.
TEST_F(Fitting, GivesTheWeightsOfElbowTrain) {
  const std::string config = std::string(kModel) +
                             "data: {type: synthetic_linear_gaussian, train_size: 40}\n"
                             "device: cpu\nthreads: 1\n";
  testing::TinyRun run(at("run"), {"trainer.accumulate=2"}, config);
  run.trainer().fit();
  const Dataset& data = *run.experiment().dataset;
  const Tensor x = data.batch("train", row_range(0, data.size("train")), 0).x;
  std::string accumulated = kModel;
  accumulated.insert(accumulated.rfind('}'), ", accumulate: 2");
  Fit same(accumulated, x);
  same.train();
  const NamedTensors expected = weights(*run.experiment().inference);
  const NamedTensors trained = weights(same.inference());
  ASSERT_EQ(trained.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(trained[i].second.equal(expected[i].second)) << expected[i].first;
}

TEST_F(Fitting, ImprovesEncodesReconstructsAndSamples) {
  const Tensor x = points(120);
  std::string yaml = kModel;
  yaml.replace(yaml.find("epochs: 2"), 9, "epochs: 20");
  Fit fit(yaml + "optimizer: {type: adam, learning_rate: 0.02}\n", x);
  const double start = fit.elbo(x);
  std::vector<std::int64_t> epochs;
  fit.train([&](const Fit::Progress& progress) {
    epochs.push_back(progress.epoch);
    EXPECT_EQ(progress.means.front().first, "elbo");
    return progress.epoch != 5;
  });
  EXPECT_THAT(epochs, ElementsAre(1, 2, 3, 4, 5));
  fit.train();
  EXPECT_EQ(fit.step(), 20 * 8);
  EXPECT_GT(fit.elbo(x), start + 1);
  const auto encoding = fit.encode(x);
  ASSERT_EQ(encoding.size(), 2u);
  EXPECT_EQ(encoding[0].first, "mean");
  EXPECT_EQ(encoding[1].second.sizes(), at::IntArrayRef({120, 2}));
  EXPECT_EQ(fit.reconstruct(x).sizes(), x.sizes());
  EXPECT_EQ(fit.sample(3).sizes(), at::IntArrayRef({3, 4}));
  EXPECT_TRUE(fit.sample(3, 5).equal(fit.sample(7, 5).narrow(0, 0, 3)));
}

TEST_F(Fitting, LeavesTheDefaultGeneratorAsItWas) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const auto state = [&generator] {
    const std::lock_guard<std::mutex> lock(generator.mutex());
    return generator.get_state();
  };
  const Tensor before = state();
  const Fit fit(kModel, points(40));
  EXPECT_TRUE(state().equal(before));
}

TEST_F(Fitting, BytesAreGreyLevelsAndTruthValuesBits) {
  const Tensor grey = at::full({20, 1, 2, 2}, 51, at::kByte);
  const Fit fit(kModel, grey);
  EXPECT_FLOAT_EQ(fit.batch(grey).x.max().item<float>(), 0.2f);
  std::string bernoulli = kModel;
  bernoulli.replace(bernoulli.find("type: normal"), 12, "type: bernoulli");
  EXPECT_THAT(refusal<ConfigError>(bernoulli, grey), HasSubstr("set data.binarize=dynamic"));
  EXPECT_EQ(refusal<Error>(bernoulli, grey.to(at::kBool)), "");
  EXPECT_EQ(refusal<Error>(bernoulli + "data: {type: tensors, binarize: dynamic}\n", grey), "");
}

TEST_F(Fitting, WhatItWouldIgnoreOrCannotTakeIsRefused) {
  const Tensor x = points(40);
  std::string stops = kModel;
  stops.insert(stops.rfind('}'), ", checkpoint: {keep: 3}");
  EXPECT_THAT(refusal<ConfigError>(stops, x), HasSubstr("trainer.checkpoint: unknown key"));
  EXPECT_THAT(refusal<ConfigError>(std::string(kModel) + "threads: 2\n", x), HasSubstr("threads"));
  EXPECT_THAT(refusal<ConfigError>(with_data("{type: mnist}"), x), HasSubstr("mnist"));
  EXPECT_THAT(refusal<ConfigError>(with_data("{binarize: dynamic}"), x), HasSubstr("binarize"));
  EXPECT_THAT(refusal<DataError>(kModel, x.flatten()), HasSubstr("shape [160]"));
  Tensor gap = x.clone();
  gap[3][1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal<DataError>(kModel, gap), HasSubstr("row 3"));
  EXPECT_EQ(refusal<Error>(with_data("{allow_nan: true}"), gap), "");
  Fit fit(kModel, x);
  EXPECT_THROW(fit.elbo(x.narrow(1, 0, 3)), DataError);
  EXPECT_THROW(fit.elbo(at::ones({4, 4}, at::kByte)), DataError);
  // A table of bytes would be divided by 255.
  EXPECT_THAT(refusal<DataError>(kModel, at::ones({9, 4}, at::kByte)), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal<DataError>(kModel, x.to_sparse()), HasSubstr("cannot be read"));
  Tensor infinite = x.clone();
  infinite[5][2] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(refusal<DataError>(kModel, infinite), HasSubstr("row 5"));
  EXPECT_THROW(fit.elbo(infinite), DataError);
  EXPECT_THROW(fit.sample(0), UsageError);
}

// Whoever calls may be evaluating something of their own.
TEST_F(Fitting, TrainsWhereGradientsAreSwitchedOff) {
  Fit plain(kModel, points(40)), within(kModel, points(40));
  plain.train();
  {
    const at::NoGradGuard no_grad;
    within.train();
  }
  const NamedTensors expected = weights(plain.inference()), found = weights(within.inference());
  ASSERT_EQ(expected.size(), found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_TRUE(expected[i].second.equal(found[i].second)) << found[i].first;
}

TEST_F(Fitting, ClosedFormsConverge) {
  Fit fit(
      "dtype: float64\nmodel: {type: mixture, num_components: 2, component: {type: normal_full}}\n"
      "inference: {type: conjugate}\ntrainer: {epochs: 200}\n",
      points(60));
  fit.train();
  EXPECT_TRUE(fit.inference().has_converged());
  EXPECT_EQ(fit.encode(points(60)).front().second.size(0), 60);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
