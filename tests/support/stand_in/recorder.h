#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <functional>
#include <mutex>
#include <vector>

namespace elbow::stand_in {

/// What a CUDA graph is to CUDA: while it records, each operator that runs is kept with its very
/// tensors and numbers; replay runs them again into the same memory. A number of the host is
/// frozen, an address fixed, and a call that must wait for the device is refused, as there.
class Recorder {
 public:
  using Work = std::vector<std::function<void()>>;

  void begin();
  /// What was recorded.
  Work end();
  bool is_recording() const { return is_recording_; }
  /// Keeps a call if it records. @param results those of the device
  void note(const c10::OperatorHandle& op,
            const std::vector<c10::IValue>& arguments,
            const std::vector<c10::IValue>& results);
  void note(std::function<void()> work);
  /// @throws c10::Error while it records
  void refuse(const std::string& what) const;

 private:
  mutable std::mutex mutex_;
  bool is_recording_ = false;
  Work work_;
};

/// The one of this process.
Recorder& recorder();

}  // namespace elbow::stand_in
