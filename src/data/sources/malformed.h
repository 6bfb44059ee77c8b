#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace elbow::data {

/// Throws the DataError of a malformed file: "file: byte N: expected E, found F".
[[noreturn]] void throw_malformed(const std::string& source,
                                  std::uint64_t offset,
                                  const std::string& expected,
                                  const std::string& found,
                                  const std::string& help);

/// "0x1f8b" style text of the first `count` bytes, for messages.
std::string hex_of(std::string_view bytes, std::size_t count);

/// "60000 x 28 x 28".
template <class Sizes>
std::string shape_text(const Sizes& shape) {
  std::string out;
  for (const auto size : shape) out += (out.empty() ? "" : " x ") + std::to_string(size);
  return out.empty() ? "scalar" : out;
}

/// a * b, or the largest value when that does not fit: compares as "too much" everywhere.
inline std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t out = 0;
  return __builtin_mul_overflow(a, b, &out) ? UINT64_MAX : out;
}
inline std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? UINT64_MAX : out;
}

/// The whole size in bytes that an IDX or NPY header at the front of `prefix` declares; 0 when
/// `prefix` is neither or is too short to tell. Saturates instead of overflowing.
std::uint64_t idx_declared_size(std::string_view prefix);
std::uint64_t npy_declared_size(std::string_view prefix, const std::string& source);
bool is_npy(std::string_view bytes);

}  // namespace elbow::data
