#include <unordered_map>

#include "elbow/data/sources/corpus.h"
#include "elbow/foundations/core/component.h"
#include "line_reader.h"

namespace elbow::data {
namespace {

constexpr char kVocabularyForm[] = "a vocabulary holds one word a line; line i, from 0, is word i";

/// Words reach JSON and tables of results, which hold UTF-8 only.
bool is_utf8(std::string_view text) {
  try {
    Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace

std::vector<std::string> read_vocabulary(const std::string& path) {
  const auto input = open_stream(path);
  LineReader lines(*input, path);
  std::vector<std::string> out;
  std::unordered_map<std::string, std::size_t> seen;
  std::string_view line;
  std::size_t blank_line = 0;
  while (lines.next(line)) {
    if (lines.number() == 1 && line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
    if (line.empty()) {
      if (blank_line == 0) blank_line = lines.number();
      continue;
    }
    if (blank_line != 0)
      lines.fail("a word in each line before",
                 "line " + std::to_string(blank_line) + " empty",
                 kVocabularyForm);
    if (line.find('\0') != std::string_view::npos || !is_utf8(line))
      lines.fail("a word in UTF-8", quoted_for_message(line), "convert the file, e.g. with iconv");
    const auto [first, is_new] = seen.emplace(line, lines.number());
    if (!is_new)
      lines.fail("each word once",
                 quoted_for_message(line) + " as in line " + std::to_string(first->second),
                 kVocabularyForm);
    if (out.size() == static_cast<std::size_t>(kMaxVocabulary))
      lines.fail("at most " + std::to_string(kMaxVocabulary) + " words", "more", kVocabularyForm);
    out.emplace_back(line);
  }
  if (out.empty()) lines.fail("at least one word", "none", kVocabularyForm);
  return out;
}

}  // namespace elbow::data
