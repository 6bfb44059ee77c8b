#pragma once

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "elbow/runs/evaluate/evaluation.h"
#include "support/tiny_experiment.h"

namespace elbow::testing {

/// A network with a posterior over its weights, which all examples share.
inline const char* kSharedWeights = R"(
name: net
device: cpu
threads: 1
data: {type: synthetic_regression, features: 3, train_size: 60, test_size: 20}
model: {type: network_regression, hidden_sizes: [5]}
guide: {posterior: {type: diag_normal}}
optimizer: {type: adam, learning_rate: 0.01}
trainer: {epochs: 2, batch_size: 20}
)";

/// Trains in `folder` as the program does, as far as another verb looks into it.
inline void train_on_disk(const TemporaryFolder& folder,
                          const std::string& text,
                          const std::vector<std::string>& overrides = {}) {
  TinyRun tiny(folder.path(), overrides, text);
  io::write_file(folder.path() + "/config.yaml",
                 dump_config(load_config_text(text, "tiny.yaml", overrides, full_schema())));
  tiny.trainer().fit();
}

/// A finished run on disk, and read again.
inline TrainedRun finished_run(const TemporaryFolder& folder,
                               const std::string& text,
                               const std::vector<std::string>& overrides = {}) {
  train_on_disk(folder, text, overrides);
  return load_run(folder.path(), {});
}

/// Overrides of the tiny configuration: latents that are 0 or 1.
inline std::vector<std::string> eight_bits() {
  return {"model.latent_size=8",
          "model.prior={type: bernoulli, learned: false}",
          "guide.posterior={type: bernoulli, network: {type: mlp, hidden_sizes: [8]}}",
          "estimator={type: score_function}"};
}

/// Weights of nought and one bias for all outputs: the same posterior for every example.
inline void say_nothing(TrainedRun& run, double bias) {
  const at::NoGradGuard no_grad;
  Tensor last;
  for (auto& item : run.modules.guide->named_parameters()) {
    item.value().zero_();
    last = item.value();
  }
  ASSERT_EQ(last.dim(), 1);
  last.fill_(bias);
}

}  // namespace elbow::testing
