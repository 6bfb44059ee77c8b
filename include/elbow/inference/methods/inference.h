#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/data/dataset/micro_batches.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/metric.h"
#include "elbow/foundations/core/schedule.h"
#include "elbow/inference/optim/flat_parameters.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// What one step did. Tensors are 0-dim on the step's device: nothing synchronises until they are
/// read.
struct StepReport {
  std::vector<std::pair<std::string, Tensor>>
      means;                ///< elbo, reconstruction, kl (of latents), objective: batch means
  Tensor gradient_norm;     ///< undefined when nothing has a gradient
  Tensor found_non_finite;  ///< float32: 1 when bound or gradient was not finite; then nothing was
                            ///< changed
  Tensor kl_per_unit;       ///< [L] or undefined
};

/// Per-example terms of an evaluation, [B] each: the metrics, and what else there is, as kl.
using EvaluationTerms = std::vector<std::pair<std::string, Tensor>>;

/// How steps are executed, in the words of run.json.
struct Engine {
  std::string name = "closed_form", why = "nothing is differentiated";
  bool is_option = false;  ///< whether the name is a value of the key `engine`
};

/// How far a fit has come that ends when it no longer changes.
struct Convergence {
  bool has_settled = false;
  double last_change = 0;  ///< of the bound, relatively, between the last two passes over the whole
                           ///< data set; NaN before two
  double tolerance = 0;    ///< relative change that counts as converged; 0: none does
};

/// Everything needed to go on exactly. Tensors are contiguous CPU copies.
struct InferenceState {
  NamedTensors model;  ///< parameters, buffers, ema.*
  NamedTensors optimizer;
  NamedTensors random;  ///< generator states
};

/// One way to fit: the Trainer sees this and a Dataset, and nothing else.
class Inference {
 public:
  virtual ~Inference() = default;
  /// One update from a batch split into micro-batches: together they are the batch.
  virtual StepReport step(const MicroBatches& micro_batches, const Clock& clock) = 0;
  /// Further means over the batch of a step that has been taken, by the weights after it: what
  /// costs too much to be found at each, and is asked for when the step is recorded. Changes
  /// nothing.
  virtual std::vector<std::pair<std::string, double>> terms_for_record(
      const MicroBatches& /*micro_batches*/, const Clock& /*clock*/) {
    return {};
  }
  /// Per-example bound with the present weights; changes nothing.
  virtual EvaluationTerms evaluate(const Batch& batch, RandomSource& source) = 0;
  /// Draws of each example that an evaluation asks its source for.
  virtual std::int64_t num_evaluation_draws() const { return 1; }
  /// What a fit can be judged by, each by its key in records and evaluations; the first is the
  /// primary one, which is used unless `trainer.early_stopping.metric` names another.
  virtual std::vector<Metric> metrics() const = 0;
  /// While what it returns lives, the modules have the weights that `eval` takes unless told
  /// otherwise (trainer.ema.evaluate), so that what is validated is what will be evaluated. No step
  /// may be taken then. Null where these are the present ones.
  virtual std::shared_ptr<void> use_evaluated_weights() { return nullptr; }
  /// Schedules' values at a time, for metrics: learning_rate, beta.
  virtual std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) = 0;
  virtual InferenceState state() const = 0;
  /// Compares names, shapes and dtypes first, changes nothing when they differ. @throws DataError
  /// naming the tensor
  virtual void load(const InferenceState& state, const std::string& source) = 0;
  /// After a rollback: another stream of noise, and the rate multiplied.
  virtual void set_retry(std::int64_t seed_offset, double rate_factor) = 0;
  /// Names of what was not finite in a step, with minimum and maximum: for nan_report.json.
  /// @param micro-batches those of the step @param clock that of the step, by which its noise is
  /// keyed
  virtual Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) = 0;
  virtual std::int64_t num_parameters() const = 0;
  /// Whether a further step would change nothing worth a step: training ends.
  virtual bool has_converged() const { return false; }
  /// How near it is to that; nothing where steps have no such end.
  virtual std::optional<Convergence> convergence() const { return std::nullopt; }
  /// Why it ended, or how far it is from that, in words; "" where the number of steps decides.
  virtual std::string ending() const { return ""; }
  virtual Engine engine() const { return {}; }
  /// Whether a step that failed would fail the same way again, whatever the data order and the
  /// noise.
  virtual bool repeats_exactly() const { return false; }
  /// Whether the last state is the fit, and none on the way is better.
  virtual bool ends_with_the_fit() const { return repeats_exactly(); }
};

}  // namespace elbow
