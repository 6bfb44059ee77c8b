#include "elbow/inference/methods/captured_step.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>

#include <exception>
#include <mutex>
#include <string>
#include <utility>

#include "elbow/data/device/cuda_plugin.h"
#include "elbow/data/device/device.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/foundations/observe/log.h"

namespace elbow {

namespace {

/// Steps before a capture: handles and workspaces of libraries, and what components make once.
constexpr int kWarmUp = 3;
/// A schedule that changes a step's operators with every step would be captured with every step.
constexpr int kMostForms = 4;

}  // namespace

/// The device's default generator, seeded; afterwards it is as it was.
class CapturedStep::Borrowed {
 public:
  Borrowed(at::Generator generator, std::uint64_t key) : generator_(std::move(generator)) {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    before_ = generator_.get_state();
    generator_.set_current_seed(key);
  }
  ~Borrowed() {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    generator_.set_state(before_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

 private:
  at::Generator generator_;
  Tensor before_;
};

CapturedStep::CapturedStep(at::Device device, Body body)
    : device_(device),
      body_(std::move(body)),
      noise_(at::globalContext().defaultGenerator(device)),
      stream_(cuda_plugin()->enter_stream(device.index())) {}

CapturedStep::~CapturedStep() {
  forget();
  cuda_plugin()->leave_stream(stream_);
}

void CapturedStep::forget() {
  graph_.reset();
  outcome_ = {};
  batch_ = {};
}

void CapturedStep::give_up(const std::string& why) {
  forget();
  why_not_ = why;
  log::warning("engine: graph: " + why + "; steps are taken one operator after the other");
}

bool CapturedStep::is_possible(const MicroBatches& micro_batches) {
  if (!why_not_.empty()) return false;
  if (micro_batches.size() == 1) return true;
  give_up("a batch comes in " + std::to_string(micro_batches.size()) +
          " micro-batches (trainer.accumulate)");
  return false;
}

StepOutcome CapturedStep::run(const Batch& batch, std::uint64_t key, const std::string& form) {
  if (form != form_ || num_forms_ == 0) {
    forget();
    form_ = form;
    steps_of_form_ = 0;
    if (++num_forms_ > kMostForms)
      give_up("a schedule of the objective changes the operators of its steps too often");
  }
  const Borrowed seeded(noise_, key);
  const bool is_warm = steps_of_form_ >= kWarmUp;
  // The last batch of an epoch is smaller: it is taken as without a graph.
  const bool has_other_shapes = graph_ != nullptr && !batch_.has_shapes_of(batch);
  if (!why_not_.empty() || !is_warm || has_other_shapes) {
    ++steps_of_form_;
    return body_(batch, noise_);
  }
  if (graph_ == nullptr) capture(batch);
  if (graph_ == nullptr) return body_(batch, noise_);
  return replay(batch);
}

void CapturedStep::capture(const Batch& batch) {
  const ProfilerScope off(nullptr);  // a span would wait for what is only being recorded
  batch_ = batch.clone();
  graph_.reset(cuda_plugin()->make_graph(device_.index()));
  try {
    graph_->begin();
    outcome_ = body_(batch_, noise_);
    graph_->end();
  } catch (const std::exception& error) {
    const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
    const std::string why = of_torch != nullptr ? of_torch->what_without_backtrace() : error.what();
    stop_capture();
    give_up("a step cannot be captured (" + why + ")");
  }
}

/// Until a capture that failed has been ended, its stream takes no work.
void CapturedStep::stop_capture() {
  try {
    graph_->end();
  } catch (const std::exception& error) {
    log::debug(std::string("the failed capture ended with: ") + error.what());
  }
}

StepOutcome CapturedStep::replay(const Batch& batch) {
  const ProfileSpan span(SpanKind::component, "captured step");
  batch_.overwrite_by(batch);
  graph_->replay();
  ++num_replays_;
  return outcome_;
}

}  // namespace elbow
