#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "elbow/data/dataset/data_units.h"
#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "elbow/runs/train/run_recorder.h"
#include "elbow/runs/train/step_sums.h"
#include "elbow/runs/train/trainer_options.h"
#include "elbow/runs/train/trainer_state.h"

namespace elbow {

/// Time: epochs, evaluation, checkpoints, stopping. Knows an Inference and a Dataset, and nothing
/// of what they do.
class Trainer {
 public:
  struct Hooks {
    /// Grids of the present weights; may be empty.
    std::function<std::vector<NamedPicture>(std::int64_t step)> pictures;
    std::string config_yaml;      ///< stored in each checkpoint
    Json facts = Json::object();  ///< stored in state.json: event shape, data fingerprint
    std::string resume_command;   ///< what to print after a stop
  };
  Trainer(TrainerOptions options,
          Inference& inference,
          const Dataset& dataset,
          RunRecorder& recorder,
          Hooks hooks);

  /// Takes over a checkpoint: tensors, generators and counters. @throws DataError; changes nothing
  /// then
  void restore(const io::LoadedCheckpoint& checkpoint);
  /// Trains to the end. @throws Stopped (saved), NumericalError (report written), IoError
  void fit();
  /// Takes up to `count` steps with what training does on the way, and without its ends: no first
  /// checkpoint, no last evaluation, no pictures. @return how many were taken: fewer at the end
  std::int64_t advance(std::int64_t count);
  /// Whether nothing is left to do.
  bool is_finished() const;
  const TrainerState& state() const { return state_; }
  /// The batch at a place of the data order, in micro-batches.
  MicroBatches micro_batches_at(std::int64_t epoch, std::int64_t position) const;
  Clock clock() const;

 private:
  struct Pending {
    std::int64_t step;
    Tensor found;
    std::vector<std::int64_t> rows;
    std::int64_t epoch, position;
  };
  std::int64_t num_train() const { return dataset_.size("train"); }
  void one_step();
  void drain_pending();
  void handle_non_finite(const Pending& pending);
  void roll_back(const Pending& pending);
  [[noreturn]] void give_up(const Pending& pending, const std::string& why);
  void write_train_record(const StepReport& report, const MicroBatches& micro_batches);
  /// What the record of a step says of the primary metric.
  void note_metric(double mean);
  bool due(std::optional<std::int64_t> every_epochs,
           std::optional<std::int64_t> every_steps,
           bool epoch_ended) const;
  /// Whether the validation set chooses among the states of a fit. Whole passes in closed form go
  /// to where they settle: what they were on the way is no model to keep, unless early stopping
  /// asks for it.
  bool chooses_best() const { return options_.patience || !inference_.ends_with_the_fit(); }
  /// @return true when the metric improved
  bool evaluate_validation();
  void report_validation(const Json& values, double log_volume, bool improved);
  /// For run.json where no validation set has a word: the metric of the last training record.
  Json last_of_training() const;
  /// The best value in the units of the data file. @param log_volume mean of the validation set
  double shown_best(double log_volume) const;
  void save(bool is_best);
  void try_save(bool is_best);
  void stop_if_asked();
  void show_progress(const StepReport& report);
  void make_pictures();
  double elapsed() const;

  TrainerOptions options_;
  Inference& inference_;
  Metric primary_;  ///< what is shown
  Metric judge_;    ///< of early stopping and the best checkpoint
  const Dataset& dataset_;
  RunRecorder& recorder_;
  Hooks hooks_;
  LogVolumes volumes_;
  io::CheckpointStore store_;
  TrainerState state_;
  NanPolicy nan_policy_;
  StepSums sums_;
  std::vector<Pending> pending_;
  std::int64_t last_saved_step_ = -1, last_evaluated_step_ = -1, recorded_step_ = -1;
  int failed_saves_ = 0;
  bool should_stop_early_ = false;
  /// Lives where the run was begun with the noise that elbow no longer uses.
  std::unique_ptr<LibTorchNoise> old_noise_;
  std::string pinned_;
  SteadyClock::time_point start_, window_start_, last_drawn_;
  double seconds_before_ = 0;
  std::int64_t window_examples_ = 0;
  std::vector<double> step_times_;
};

/// Validation numbers with keyed noise: the same whatever the batch size and however often they are
/// asked for.
/// @return the means of all terms, and the standard error of the primary metric,
/// NAME_standard_error
Json evaluate_split(Inference& inference,
                    const Dataset& dataset,
                    const std::string& split,
                    std::uint64_t seed);

/// What the thread trial steps with: the first examples, as many as training has in memory at once.
/// That is a batch, a micro-batch of an accumulated one, or as much of a corpus as is read
/// together: a batch of the whole corpus would not fit, nor end.
MicroBatches trial_micro_batches(const TrainerOptions& options, const Dataset& dataset);

/// Times a few steps with each thread count and sets the fastest; the inference is left exactly as
/// it was.
int choose_threads(Inference& inference, const MicroBatches& micro_batches, const Clock& clock);

/// The tensors and generators that a checkpoint holds. @throws DataError
InferenceState inference_state(const io::LoadedCheckpoint& checkpoint);

}  // namespace elbow
