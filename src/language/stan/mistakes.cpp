#include "mistakes.h"

namespace elbow::stan {
namespace {

/// What is in the file must not steer a terminal. Bytes beyond ASCII are comments.
std::string printable(std::string line) {
  for (char& c : line)
    if (const auto code = static_cast<unsigned char>(c); (code < 32 && c != '\t') || code >= 127)
      c = '?';
  return line;
}

}  // namespace

void Mistakes::refuse(Place place,
                      const std::string& message,
                      const std::string& help,
                      int length) const {
  constexpr std::size_t kLongest = 200;
  Diagnostic out;
  out.file = file_;
  out.line = place.line;
  out.column = place.column;
  out.message = message;
  const auto line = static_cast<std::size_t>(place.line);
  if (line >= 1 && line <= lines_.size() && lines_[line - 1].size() <= kLongest)
    out.source_line = printable(lines_[line - 1]);
  out.length = length;
  out.help = help;
  throw ConfigError({out});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '\n')
      out.emplace_back();
    else if (c != '\r')
      out.back() += c;
  }
  return out;
}

const char* name_of(Block block) {
  static const char* const kNames[kNumBlocks] = {"functions",
                                                 "data",
                                                 "transformed data",
                                                 "parameters",
                                                 "transformed parameters",
                                                 "model",
                                                 "generated quantities"};
  return kNames[static_cast<int>(block)];
}

std::string name_of(const Type& type) {
  static const char* const kNames[] = {
      "void", "int", "real", "vector", "row_vector", "matrix", "string"};
  const std::string base = kNames[static_cast<int>(type.base)];
  if (type.array == 0) return base;
  return "array[" + std::string(static_cast<std::size_t>(type.array - 1), ',') + "] " + base;
}

}  // namespace elbow::stan
