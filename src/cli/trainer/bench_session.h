#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/common/bench_jobs.h"
#include "cli/trainer/training_session.h"
#include "elbow/runs/benchmark/matrix_work.h"
#include "elbow/runs/benchmark/rate.h"

namespace elbow::cli {

/// How long `elbow bench` measures.
struct BenchOptions {
  RateOptions rate;
  std::int64_t steps = 0;  ///< > 0: so many steps and their bound, instead of windows of time
};

/// A configuration that is trained to be timed: by the trainer's own steps, without checkpoints and
/// validation. What a training records goes to a folder that is removed while it is open.
class BenchSession {
 public:
  BenchSession(const CommandLine& line, ResolvedConfig config, bool use_stand_in);

  /// Loads the data, builds the experiment, and counts threads as a training does.
  /// @param steps whose bound will be asked for; 0: none
  void build(std::int64_t steps);
  /// Parameters and buffers by name, as a checkpoint has them.
  NamedTensors tensors() const { return session_.experiment().inference->state().model; }
  /// What was measured, for people and machines: the fields of the event `benchmark`.
  Json run(const BenchJob& job, const BenchOptions& options);

 private:
  Json facts() const;
  /// Windows of steps, with their work and the machine's limit.
  Json time_steps(const BenchOptions& options);
  /// Windows that each begin with the first pass.
  Json time_passes(std::int64_t passes, const BenchOptions& options);
  Json time_importance(std::int64_t particles, const BenchOptions& options);
  Json take_steps(const BenchJob& job, std::int64_t steps);
  Json run_whole(std::int64_t epochs);
  double advance(std::int64_t steps);
  /// The batch size, or all rows where these are fewer.
  double examples_of_a_step() const;
  /// NLL of so many images of the test set, by importance samples.
  double importance_nll(std::int64_t images, std::int64_t particles);
  /// Adds work, reached speed, ceiling and limit to what was timed.
  /// @param work of `units` of what the rate counts
  void add_work(const MatrixWork& work,
                double units,
                const BenchOptions& options,
                Json& report) const;
  /// What an update of the optimizer reads and writes.
  double optimizer_bytes() const;
  /// Operations of a step in kernels of our own, which LibTorch does not see; 0: not known.
  double kernel_flops() const;
  /// The mean of the bound that is maximised over the last quarter of the steps.
  Json last_quarter(std::int64_t steps) const;
  at::ScalarType dtype() const;

  TrainingSession session_;
  bool use_stand_in_;
  std::vector<Json> records_;
  std::unique_ptr<RunRecorder> recorder_;
  std::unique_ptr<Trainer> trainer_;
};

/// Ceilings of the machine itself, measured for their own sake.
Json measure_machine(const CommandLine& line);

/// What people read of an event `benchmark`.
std::string bench_text(const Json& report);

}  // namespace elbow::cli
