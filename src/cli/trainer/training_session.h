#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/common/command_line.h"
#include "elbow/data/device/device.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/io/run_lock.h"
#include "elbow/inference/methods/experiment.h"
#include "elbow/probability/targets/target.h"
#include "elbow/runs/evaluate/verdict.h"
#include "elbow/runs/train/trainer.h"

namespace elbow::cli {

/// What train and resume share: from a resolved configuration to the end of the run.
class TrainingSession {
 public:
  TrainingSession(const CommandLine& line, ResolvedConfig config, bool use_stand_in);

  /// Chooses the device (before any other LibTorch call), loads the data, builds the experiment.
  void build(const std::function<void(Modules&)>& initialise = nullptr);
  /// Counts threads: the configuration's, or by a short trial that leaves no trace; writes the
  /// choice into the configuration.
  void choose_thread_count();
  /// Writes config.yaml, environment.json and run.json of a new run, or their changes on resume.
  void write_run_files(const RunDirectory& run, const Json& run_changes);
  /// Trains, then writes the report; prints the summary. @param checkpoint null on a fresh run
  int fit(const RunDirectory& run, const io::LoadedCheckpoint* checkpoint);

  const ResolvedConfig& config() const { return config_; }
  const Experiment& experiment() const { return experiment_; }
  const TrainerOptions& options() const { return options_; }

 private:
  std::vector<NamedPicture> pictures() const;
  Json facts() const;
  Json environment() const;
  /// Warns of what the end says against the run, and writes it into run.json.
  /// @param of_guide what judge_guide() found
  std::vector<Finding> give_verdict(RunRecorder& recorder,
                                    const std::vector<Finding>& of_guide) const;
  /// Points that had no density are never left out without a word.
  static void report_rejections(const Rejections& found, RunRecorder& recorder);
  /// Table and plots of latents that all examples share, for the report.
  void write_posterior(const RunDirectory& run) const;
  /// Of guides of targets: how good they are, into run.json.
  std::vector<Finding> judge_guide(RunRecorder& recorder) const;
  /// @throws NumericalError where a finding leaves nothing of use
  static void refuse_failure(const std::vector<Finding>& findings, const std::string& report);
  std::string last_number(const Json& summary) const;
  void print_summary(const RunDirectory& run, std::int64_t step) const;

  const CommandLine& line_;
  ResolvedConfig config_;
  bool use_stand_in_;
  DeviceChoice device_;
  TrainerOptions options_;
  Experiment experiment_;
};

}  // namespace elbow::cli
