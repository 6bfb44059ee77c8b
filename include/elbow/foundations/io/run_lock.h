#pragma once

#include <string>

namespace elbow::io {

/// flock on runs/<run>/run.lock, which holds pid, host and boot id.
/// @throws UsageError naming the holder's pid and host when the run is locked
class RunLock {
 public:
  explicit RunLock(const std::string& run_directory);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace elbow::io
