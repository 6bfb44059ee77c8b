#pragma once

#include <functional>
#include <string>

namespace elbow::benchmark {

/// What one call of a kernel does: operations of the processor or bytes of memory, whichever limits
/// it, and by which ceiling it is judged.
struct Work {
  enum class Ceiling { float32_products, float64_products, memory };
  double amount = 0;  ///< operations, two for each multiply-add; or bytes read and written
  Ceiling ceiling = Ceiling::memory;
};

inline Work flops32(double operations) { return {operations, Work::Ceiling::float32_products}; }
inline Work flops64(double operations) { return {operations, Work::Ceiling::float64_products}; }
inline Work bytes(double moved) { return {moved, Work::Ceiling::memory}; }

/// Registers a kernel. @param prepare makes its data, once, and returns the call that is timed
/// @return nothing of use: so that a line at namespace scope can register
bool add_kernel(const std::string& name,
                const Work& work,
                std::function<std::function<void()>()> prepare);

}  // namespace elbow::benchmark
