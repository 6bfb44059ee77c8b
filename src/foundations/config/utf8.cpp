#include "utf8.h"

#include <array>

namespace elbow {

Character decode_utf8(const std::string& text, std::size_t at) {
  const auto byte = [&text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  const std::uint32_t first = byte(at);
  if (first < 0x80) return {1, first};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return {};
  std::uint32_t code = first & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(at + i) & 0xC0u) != 0x80u) return {};
    code = (code << 6) | (byte(at + i) & 0x3Fu);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[bytes] || surrogate || code > 0x10FFFF) return {};
  return {bytes, code};
}

std::string printable_utf8(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Character character = decode_utf8(text, i);
    const bool layout = character.code == '\t' || character.code == '\n';
    const bool control = character.code < 0x20 || (character.code >= 0x7f && character.code < 0xA0);
    if (character.bytes == 0 || (control && !layout))
      out += '?';
    else
      out += text.substr(i, character.bytes);
    i += character.bytes == 0 ? 1 : character.bytes;
  }
  return out;
}

}  // namespace elbow
