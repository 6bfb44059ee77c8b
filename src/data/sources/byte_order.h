#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace elbow::data {

inline constexpr bool kHostIsLittleEndian = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

/// Turns every element of `size` bytes round: big-endian to little-endian or back.
inline void reverse_elements(std::vector<unsigned char>& bytes, std::size_t size) {
  if (size == 1) return;
  for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(size)) {
    std::reverse(at, at + static_cast<std::ptrdiff_t>(size));
  }
}

}  // namespace elbow::data
