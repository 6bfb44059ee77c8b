#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace elbow::stand_in {

/// What was asked of the device, by name: the operators that ran, and the calls for which a CUDA
/// device would have made the host wait. Thread-safe, since autograd runs a device's operators in a
/// thread of its own.
class Ledger {
 public:
  using Counts = std::map<std::string, std::int64_t>;

  void note_operator(const std::string& name) { add(operators_, name); }
  void note_wait(const std::string& what) { add(waits_, what); }
  Counts operators() const { return copy(operators_); }
  Counts waits() const { return copy(waits_); }
  std::int64_t num_waits() const {
    std::int64_t out = 0;
    for (const auto& [what, count] : waits()) out += count;
    return out;
  }
  void clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    operators_.clear();
    waits_.clear();
  }

 private:
  void add(Counts& counts, const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts[name];
  }
  Counts copy(const Counts& counts) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return counts;
  }

  mutable std::mutex mutex_;
  Counts operators_, waits_;
};

/// The one of this process.
Ledger& ledger();

/// What is in `after` and was not in `before`.
inline Ledger::Counts difference(const Ledger::Counts& after, const Ledger::Counts& before) {
  Ledger::Counts out;
  for (const auto& [name, count] : after) {
    const auto found = before.find(name);
    const std::int64_t more = count - (found == before.end() ? 0 : found->second);
    if (more != 0) out[name] = more;
  }
  return out;
}

}  // namespace elbow::stand_in
