#include "png_description.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>

namespace elbow {
namespace {

// Signature, and the header chunk of 13 bytes with its length, name and checksum.
constexpr std::size_t kBehindHeader = 8 + 12 + 13;
constexpr std::size_t kMostShown = 1000;

/// Chunk name, keyword, and what the standard puts between keyword and text: not compressed, no
/// language, no translated keyword.
std::string chunk_begin() { return std::string("iTXtDescription") + std::string(5, '\0'); }

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  return out;
}

}  // namespace

std::string with_description(const std::string& png, const std::string& text) {
  const std::string body = chunk_begin() + text;
  const auto sum = ::crc32(
      0, reinterpret_cast<const Bytef*>(body.data()), static_cast<unsigned int>(body.size()));
  // The length counts neither the name nor the checksum.
  return png.substr(0, kBehindHeader) + big_endian(static_cast<std::uint32_t>(body.size() - 4)) +
         body + big_endian(static_cast<std::uint32_t>(sum)) + png.substr(kBehindHeader);
}

std::string description_of(const std::string& png) {
  const std::string begin = chunk_begin();
  const std::size_t from = kBehindHeader + 4;
  if (png.size() < from || png.compare(from, begin.size(), begin) != 0) return "";
  std::size_t length = 0;
  for (std::size_t i = kBehindHeader; i < from; ++i)
    length = length << 8 | static_cast<unsigned char>(png[i]);
  if (length + 4 < begin.size()) return "";
  return png.substr(from + begin.size(), std::min(length + 4 - begin.size(), kMostShown));
}

}  // namespace elbow
