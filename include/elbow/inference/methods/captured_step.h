#pragma once

#include <ATen/core/Generator.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "elbow/data/dataset/micro_batches.h"
#include "elbow/inference/methods/gradient_source.h"

namespace elbow {

class DeviceGraph;

/// What a step leaves: its terms, and the norm of the gradient before clipping, 0-dim.
struct StepOutcome {
  StepTerms terms;
  Tensor gradient_norm;
};

/// A step that a device takes without the host: captured once as a graph (cudaGraph_t), then run
/// again with another batch in the same memory, other noise and other values of schedules. The
/// first steps are taken one operator after the other, so that libraries have their workspaces and
/// the optimizer its state. Where a step cannot be captured, training goes on as without, and the
/// log says why.
///
/// While it lives, this thread's work goes to a stream of its own. Draws come from the device's
/// default generator, the only one that a graph moves on; each step seeds it and puts its state
/// back.
class CapturedStep {
 public:
  /// A whole step, with nothing in it that the host decides anew.
  using Body = std::function<StepOutcome(const Batch& batch, const at::Generator& noise)>;
  CapturedStep(at::Device device, Body body);
  ~CapturedStep();
  CapturedStep(const CapturedStep&) = delete;
  CapturedStep& operator=(const CapturedStep&) = delete;

  /// Whether this batch can be taken: in one piece, and no capture has failed.
  bool is_possible(const MicroBatches& micro_batches);
  /// The outcome of a replayed step is the same tensors each time.
  /// @param key of the noise @param form what else a captured step depends on: another one is
  /// captured anew
  StepOutcome run(const Batch& batch, std::uint64_t key, const std::string& form);
  /// Why steps are not captured; empty: they are, or will be.
  std::string why_not() const { return why_not_; }
  /// Steps that were replayed.
  std::int64_t num_replays() const { return num_replays_; }

 private:
  class Borrowed;
  StepOutcome replay(const Batch& batch);
  void capture(const Batch& batch);
  void stop_capture();
  void give_up(const std::string& why);
  void forget();

  at::Device device_;
  Body body_;
  at::Generator noise_;
  void* stream_ = nullptr;
  std::unique_ptr<DeviceGraph> graph_;
  Batch batch_;  ///< what the graph reads
  StepOutcome outcome_;
  std::string form_, why_not_;
  int steps_of_form_ = 0, num_forms_ = 0;
  std::int64_t num_replays_ = 0;
};

}  // namespace elbow
