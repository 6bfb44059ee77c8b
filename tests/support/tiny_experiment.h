#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/signals.h"
#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/trainer.h"

namespace elbow::testing {

/// A folder that is removed with its content.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "elbow-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline const char* kTinyConfig = R"(
name: tiny
seed: 7
device: cpu
threads: 1
data: {type: synthetic_images, height: 6, width: 6, count: 100, validation_size: 20, test_size: 30, binarize: dynamic}
model:
  latent_size: 3
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [8]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}
trainer: {epochs: 3, batch_size: 16, log_every_steps: 5}
)";

/// A run in this process: the experiment, its recorder and its trainer.
class TinyRun {
 public:
  TinyRun(const std::string& folder,
          const std::vector<std::string>& overrides,
          const std::string& config = kTinyConfig)
      : config_(load_config_text(config, "tiny.yaml", overrides, full_schema())) {
    const ConfigNode node(config_.value);
    experiment_ = build_experiment(node, /*use_stand_in=*/false, at::Device(at::kCPU));
    io::make_directories(folder);
    RunRecorder::Options options;
    options.show_progress = false;
    options.is_quiet = true;
    recorder_ = std::make_unique<RunRecorder>(
        RunDirectory(folder), options, /*metrics_bytes=*/-1, /*first_step=*/1);
    Trainer::Hooks hooks;
    hooks.facts = experiment_.dataset->facts();
    TrainerOptions trainer_options = TrainerOptions::from(node);
    if (trainer_options.batch_size == 0)
      trainer_options.batch_size = experiment_.dataset->size("train");
    trainer_ = std::make_unique<Trainer>(
        trainer_options, *experiment_.inference, *experiment_.dataset, *recorder_, hooks);
  }
  Trainer& trainer() { return *trainer_; }
  Experiment& experiment() { return experiment_; }
  RunRecorder& recorder() { return *recorder_; }

 private:
  ResolvedConfig config_;
  Experiment experiment_;
  std::unique_ptr<RunRecorder> recorder_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace elbow::testing
