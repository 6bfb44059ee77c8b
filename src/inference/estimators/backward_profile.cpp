#include "backward_profile.h"

#include <atomic>
#include <memory>

#include "elbow/foundations/core/profiler.h"

namespace elbow {
namespace {

/// Whose backward pass is under way: operations of other devices are differentiated by threads of
/// theirs, while the one that asked for it waits.
std::atomic<Profiler*> profiler_of_backward{nullptr};

std::unique_ptr<at::ObserverContext> before_operation(const at::RecordFunction& operation) {
  if (Profiler* profiler = profiler_of_backward.load()) profiler->differentiate(operation.seqNr());
  return nullptr;
}

}  // namespace

BackwardProfile::BackwardProfile() : span_(SpanKind::component, "backward") {
  if (!span_.is_counted()) return;
  Profiler* profiler = ProfileSpan::active();
  profiler->begin_backward();
  profiler_of_backward.store(profiler);
  callback_ = at::addThreadLocalCallback(
      at::RecordFunctionCallback(before_operation).scopes({at::RecordScope::BACKWARD_FUNCTION}));
}

BackwardProfile::~BackwardProfile() {
  if (!span_.is_counted()) return;
  at::removeCallback(callback_);
  profiler_of_backward.exchange(nullptr)->end_backward();
}

}  // namespace elbow
