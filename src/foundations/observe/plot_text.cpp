#include "plot_text.h"

#include <algorithm>

#include "text_format.h"

namespace elbow::plot {
namespace {

std::size_t num_characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

double text_width(const std::string& text) {
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) width += byte >= 0xE3 ? 2 * kCharacter : kCharacter;
  }
  return width;
}

std::string shortened(const std::string& raw, std::size_t most) {
  const std::string text = text::valid_utf8(raw);
  if (num_characters(text) <= most) return text;
  std::size_t at = 0, seen = 0;
  for (; at < text.size(); ++at)
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && seen++ == most - 1) break;
  return text.substr(0, at) + "\u2026";
}

}  // namespace elbow::plot
