#include "malformed.h"

#include <algorithm>

#include "elbow/foundations/core/error.h"

namespace elbow::data {

void throw_malformed(const std::string& source,
                     std::uint64_t offset,
                     const std::string& expected,
                     const std::string& found,
                     const std::string& help) {
  throw DataError(
      source + ": byte " + std::to_string(offset) + ": expected " + expected + ", found " + found,
      help);
}

std::string hex_of(std::string_view bytes, std::size_t count) {
  static const char digits[] = "0123456789abcdef";
  std::string out = "0x";
  for (std::size_t i = 0; i < std::min(count, bytes.size()); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace elbow::data
