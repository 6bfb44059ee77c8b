#pragma once

#include <string>
#include <vector>

#include "support/tiny_experiment.h"

namespace elbow::testing {

/// The tiny configuration with overrides, built.
inline Experiment build_tiny(const std::vector<std::string>& overrides) {
  const ResolvedConfig config =
      load_config_text(kTinyConfig, "tiny.yaml", overrides, full_schema());
  return build_experiment(ConfigNode(config.value), /*use_stand_in=*/false, at::Device(at::kCPU));
}

inline std::vector<Batch> first_batch(const Experiment& experiment) {
  return std::vector<Batch>{experiment.dataset->batch("train", row_range(0, 16), 1)};
}

}  // namespace elbow::testing
