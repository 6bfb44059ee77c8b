#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/observe/metrics.h"
#include "elbow/foundations/observe/run_directory.h"
#include "elbow/foundations/observe/tensorboard.h"
#include "elbow/foundations/observe/terminal.h"

namespace elbow {

/// A picture that a run shows: goes to images/ and to TensorBoard.
struct NamedPicture {
  std::string name;  ///< reconstructions, samples, traversals
  std::string png;
  int width = 0, height = 0;
  bool is_frame = false;  ///< of a film of the whole training
};

/// Everything that a run writes besides its checkpoints: metrics.jsonl, TensorBoard events,
/// run.json, pictures, progress. A failed write of any of them is counted and never stops the
/// training.
class RunRecorder {
 public:
  struct Options {
    Terminal terminal;
    bool show_progress = true;
    bool is_quiet = false;
    bool is_json = false;  ///< each record also goes to print_record, and no progress is shown
    std::function<void(const Json&)> print_record;
  };
  /// @param metrics_bytes length to which metrics.jsonl is cut back on resume; -1 on a new run
  RunRecorder(RunDirectory run,
              const Options& options,
              std::int64_t metrics_bytes,
              std::int64_t first_step);

  /// One metrics record; scalars go to TensorBoard under <split>/<name> (learning_rate and
  /// grad_norm under optimizer/, speed under system/).
  void record(const Json& record);
  void pictures(std::int64_t step, const std::vector<NamedPicture>& pictures);
  void hyperparameters(std::int64_t step, const Json& config);
  void progress(const ProgressState& state) { progress_.update(state); }
  /// A line of its own on stderr and in train.log.
  void line(const std::string& text);
  void flush();
  /// After a rollback: cuts metrics.jsonl back and opens a new events file.
  void restart(std::int64_t metrics_bytes, std::int64_t first_step);
  /// Merges keys into run.json and writes it.
  void update_run(const Json& changes);
  const Json& run() const { return run_json_; }
  std::int64_t metrics_bytes() const { return metrics_->bytes(); }
  const RunDirectory& directory() const { return run_; }

 private:
  RunDirectory run_;
  Options options_;
  std::unique_ptr<MetricsWriter> metrics_;
  std::unique_ptr<TensorBoardWriter> tensorboard_;
  Progress progress_;
  Json run_json_;
};

}  // namespace elbow
