#include "elbow/data/sources/amat.h"

#include <algorithm>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"

namespace elbow::data {
namespace {

constexpr std::int64_t kSide = 28;

[[noreturn]] void fail(const std::string& source,
                       std::int64_t line,
                       const std::string& expected,
                       const std::string& found) {
  throw DataError(
      source + ":" + std::to_string(line) + ": expected " + expected + ", found " + found,
      "this is not the binarized MNIST text: another mirror may have it (--mirror URL)");
}

}  // namespace

std::string idx_from_amat(std::string_view text, const std::string& source) {
  Array images;
  std::int64_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::size_t before = images.bytes.size();
    for (const char c : text.substr(0, end)) {
      if (c == '0' || c == '1') {
        images.bytes.push_back(static_cast<unsigned char>(c - '0'));
      } else if (c != ' ' && c != '\r') {
        fail(source,
             line,
             "the pixels 0 and 1 with blanks between",
             "character code " + std::to_string(static_cast<unsigned char>(c)));
      }
    }
    const std::size_t pixels = images.bytes.size() - before;
    if (pixels != kSide * kSide) fail(source, line, "784 pixels", std::to_string(pixels));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (line == 0) fail(source, 1, "at least one image", "an empty file");
  images.shape = {line, kSide, kSide};
  return encode_idx(images);
}

}  // namespace elbow::data
