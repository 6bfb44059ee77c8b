#pragma once

#include <memory>
#include <string>

#include "elbow/data/dataset/data_units.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/schedule.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/observe/run_directory.h"
#include "elbow/inference/methods/experiment.h"

namespace elbow {

class FittedModel;

/// A trained model, rebuilt from nothing but its run directory.
struct TrainedRun {
  RunDirectory directory{""};
  ResolvedConfig config;
  std::string checkpoint;  ///< step-00012000
  std::string weights;     ///< raw | ema
  bool uses_stand_in = false;
  std::int64_t failed_at = -1;  ///< the step at which the training failed; -1: it did not
  Shape event_shape;
  Json facts;  ///< what the training said of its data: examples, responses, standardisation
  at::Device device = at::Device(at::kCPU);
  Modules modules;  ///< eval mode
  /// What can be done with them; run_capabilities.h asks it.
  std::shared_ptr<FittedModel> fitted;
  Clock clock;  ///< where the schedules stood
  NamedTensors
      estimator;  ///< parameters and buffers of the gradient estimator, by their names in it
  std::uint64_t seed = 1;  ///< of the configuration, unless the command gave one

  ConfigNode node() const { return ConfigNode(config.value); }
  /// Loads the run's data set. @throws DataError also when it is not the one that was trained on
  std::shared_ptr<Dataset> load_data() const;
  /// A user's own examples as the split "input", read and checked as the training data were
  /// (data::load_input). A run of an older version says by its data how it read them.
  /// @param may_lack_response the last column, which a model predicts, may be absent: it is NaN
  /// then
  /// @throws DataError naming file, place, expected and found
  std::shared_ptr<Dataset> load_input(const std::string& file,
                                      bool may_lack_response = false) const;
  /// The numbers of a user's file, or of the run's data where it names none, as they stand there:
  /// float64, not standardised, rows and columns as in the data that the model is shown.
  std::shared_ptr<Dataset> load_as_in_file(const std::string& file) const;
  /// Numbers of the training data were missing: the model was shown which.
  bool has_gaps() const { return facts.value("gaps", false); }
  /// The units of the file, in which people read values and densities.
  DataUnits units() const;
  /// Names of an example's numbers, for the first line of a table.
  std::vector<std::string> columns() const;
  std::int64_t num_train() const { return facts.value("examples", std::int64_t{0}); }
};

struct RunOptions {
  std::string checkpoint;  ///< "": best if there is one, else latest
  std::string weights;     ///< "": raw, unless the configuration's ema.evaluate says otherwise
  at::Device device = at::Device(at::kCPU);
  std::int64_t seed = -1;  ///< < 0: the configuration's
};

/// raw | ema: what was asked for, else what the run's configuration says.
std::string choose_weights(const ConfigNode& node, const std::string& asked);

/// @throws UsageError also for a run whose training failed, unless a checkpoint is asked for by
/// name; DataError
TrainedRun load_run(const std::string& path, const RunOptions& options);

}  // namespace elbow
