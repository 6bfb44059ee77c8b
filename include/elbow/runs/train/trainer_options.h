#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/schedule.h"
#include "elbow/runs/train/nan_policy.h"

namespace elbow {

/// The section `trainer`, read.
struct TrainerOptions {
  std::string name;
  std::uint64_t seed = 1;
  std::optional<std::int64_t> epochs, steps;
  std::int64_t batch_size = 128, accumulate = 1, log_every_steps = 100;
  bool counts_iterations = false;  ///< each step sees everything, and there are no epochs
  std::optional<std::int64_t> evaluate_every_epochs, evaluate_every_steps;
  std::optional<std::int64_t> checkpoint_every_epochs, checkpoint_every_steps;
  std::int64_t keep = 3;
  bool stop_on_save_error = false;
  std::optional<std::int64_t> patience;
  std::string metric;  ///< empty: the primary one of the inference
  NanPolicy::Kind nan_policy = NanPolicy::Kind::rollback;
  double max_time = 0;  ///< seconds; 0: none
  std::int64_t images_every_epochs = 0, image_count = 64;

  static TrainerOptions from(const ConfigNode& config);
  /// Where a schedule is at a step of a run on this many examples: it may need the run's length.
  Clock clock_at(std::int64_t step, std::int64_t num_train) const;
  /// Sections trainer, checkpoint, early_stopping, ema, images.
  static std::vector<ComponentInfo> sections();
};

}  // namespace elbow
