#pragma once

#include <ATen/record_function.h>

#include "elbow/foundations/core/profile_span.h"

namespace elbow {

/// The backward pass in a profile, divided among the components that made its operations.
///
/// LibTorch numbers the operations of a graph as they are made, and says each one's number when it
/// is differentiated. Each takes the time until the next one begins.
class BackwardProfile {
 public:
  BackwardProfile();
  ~BackwardProfile();
  BackwardProfile(const BackwardProfile&) = delete;
  BackwardProfile& operator=(const BackwardProfile&) = delete;

 private:
  const ProfileSpan span_;
  at::CallbackHandle callback_ = at::INVALID_CALLBACK_HANDLE;
};

}  // namespace elbow
