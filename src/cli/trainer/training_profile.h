#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "cli/common/command_line.h"
#include "elbow/data/device/device.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/profiler.h"
#include "elbow/runs/train/trainer.h"

namespace elbow::cli {

/// `--profile`: times the components of a training's steps, and leaves profile.json and trace.json
/// in the run directory. Without the flag it does nothing.
class TrainingProfile {
 public:
  TrainingProfile(const CommandLine& line, DeviceChoice device, const RunDirectory& run);

  /// Trains, and writes what was seen however the training ends; prints it where it does not end
  /// well.
  void record(const Trainer& trainer, const std::function<void()>& train);
  /// To standard output: a table, or with --json a line.
  void print() const;

 private:
  void write(std::int64_t last_step);

  const CommandLine& line_;
  DeviceChoice device_;
  RunDirectory run_;
  std::unique_ptr<Profiler> profiler_;
  std::int64_t step_before_ = 0;
  Json profile_;  ///< null until it is written
};

}  // namespace elbow::cli
