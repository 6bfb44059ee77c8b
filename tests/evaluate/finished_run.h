#pragma once

#include <string>
#include <vector>

#include "elbow/evaluate/evaluation.h"
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

}  // namespace elbow::testing
