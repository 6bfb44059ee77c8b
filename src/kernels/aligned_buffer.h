#pragma once

#include <cstdint>
#include <vector>

namespace elbow::kernels {

/// Zeros, from an address that is a multiple of a cache line; parts of a multiple of 8 doubles keep
/// that.
class AlignedBuffer {
 public:
  explicit AlignedBuffer(std::int64_t size) : storage_(static_cast<std::size_t>(size) + kLine) {
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.data());
    first_ = storage_.data() + (kLine - address / sizeof(double) % kLine) % kLine;
  }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;

  double* data() { return first_; }

 private:
  static constexpr std::size_t kLine = 8;
  std::vector<double> storage_;
  double* first_;
};

/// `size` as a multiple of a cache line.
constexpr std::int64_t aligned_size(std::int64_t size) { return (size + 7) / 8 * 8; }

}  // namespace elbow::kernels
