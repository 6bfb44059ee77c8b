#include <algorithm>
#include <charconv>
#include <limits>

#include "elbow/data/sources/corpus.h"
#include "elbow/foundations/core/error.h"
#include "line_reader.h"

namespace elbow::data {
namespace {

constexpr char kLdacForm[] = "an LDA-C line is: N id:count id:count ...";
constexpr std::size_t kMaxNamedLines = 5;

/// Takes the next word off the front; empty at the end.
std::string_view take_word(std::string_view& rest) {
  const std::size_t start = std::min(rest.find_first_not_of(" \t"), rest.size());
  rest.remove_prefix(start);
  const std::string_view out = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(out.size());
  return out;
}

bool parse_whole(std::string_view text, std::int64_t& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

/// Reads one corpus line by line; holds what messages and warnings need.
class LdacReader {
 public:
  LdacReader(ByteStream& input, const std::string& source, std::int64_t vocabulary_size)
      : lines_(input, source), source_(source), vocabulary_size_(vocabulary_size) {}

  std::shared_ptr<Corpus> read(std::vector<std::string>& warnings) {
    std::string_view line;
    std::size_t blank_line = 0;
    while (lines_.next(line)) {
      if (line.find_first_not_of(" \t") == std::string_view::npos) {
        if (blank_line == 0) blank_line = lines_.number();
        continue;
      }
      if (blank_line != 0)
        throw DataError(
            source_ + ":" + std::to_string(blank_line) +
                ": expected a document, found an empty line",
            "write 0 for a document without words; blank lines are accepted at the end only");
      read_document(line);
      builder_.add(pairs_);
      if (pairs_.empty()) note_empty();
    }
    if (!has_document_) lines_.fail("at least one document", "none", kLdacForm);
    warn(warnings);
    return builder_.finish(lines_.sha256());
  }

 private:
  void read_document(std::string_view rest) {
    has_document_ = true;
    const std::string_view first = take_word(rest);
    std::int64_t declared = 0;
    if (!parse_whole(first, declared) || declared < 0)
      lines_.fail("the number of pairs of a document", quoted_for_message(first), kLdacForm);
    pairs_.clear();
    bool is_ascending = true;
    for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
      const Corpus::Pair pair = read_pair(word);
      is_ascending = is_ascending && (pairs_.empty() || pairs_.back().word < pair.word);
      pairs_.push_back(pair);
    }
    if (static_cast<std::int64_t>(pairs_.size()) != declared)
      lines_.fail(std::to_string(declared) + " pairs, as the line begins",
                  std::to_string(pairs_.size()),
                  "is the line cut short, or does it begin with another number than N?");
    if (!is_ascending) sort_pairs();
    if (!pairs_.empty()) smallest_word_ = std::min(smallest_word_, pairs_.front().word);
  }

  Corpus::Pair read_pair(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
      lines_.fail("pairs id:count", quoted_for_message(text), kLdacForm);
    const std::int64_t word = read_word_id(text.substr(0, colon), text);
    const std::string_view count_text = text.substr(colon + 1);
    std::int64_t count = 0;
    if (!parse_whole(count_text, count))
      lines_.fail("a whole count of word " + std::to_string(word),
                  quoted_for_message(count_text),
                  "an LDA-C corpus holds counts, no weights such as tf-idf");
    if (count < 1)
      lines_.fail("a count of at least 1 of word " + std::to_string(word),
                  std::to_string(count),
                  "leave out words that do not occur");
    if (count > std::numeric_limits<std::int32_t>::max())
      lines_.fail("a count of at most 2147483647 of word " + std::to_string(word),
                  std::to_string(count),
                  "is the file damaged?");
    return {static_cast<std::int32_t>(word), static_cast<std::int32_t>(count)};
  }

  std::int64_t read_word_id(std::string_view text, std::string_view pair) {
    const std::int64_t limit = vocabulary_size_ > 0 ? vocabulary_size_ : kMaxVocabulary;
    std::int64_t word = 0;
    if (!parse_whole(text, word))
      lines_.fail(
          "a word id from 0 to " + std::to_string(limit - 1), quoted_for_message(pair), kLdacForm);
    if (word >= 0 && word < limit) return word;
    const bool may_be_one_based = vocabulary_size_ > 0 && word == limit && smallest_word_ > 0;
    lines_.fail("a word id from 0 to " + std::to_string(limit - 1),
                std::to_string(word),
                may_be_one_based
                    ? "do the ids count from 1? LDA-C counts from 0: subtract 1 from each id"
                : vocabulary_size_ > 0 ? "is this the vocabulary of another corpus?"
                                       : "is the file damaged?");
  }

  /// Files need not be in order; whoever reads the corpus may rely on it.
  void sort_pairs() {
    std::sort(
        pairs_.begin(), pairs_.end(), [](const auto& a, const auto& b) { return a.word < b.word; });
    const auto twice =
        std::adjacent_find(pairs_.begin(), pairs_.end(), [](const auto& a, const auto& b) {
          return a.word == b.word;
        });
    if (twice != pairs_.end())
      lines_.fail("each word once in a document",
                  "word " + std::to_string(twice->word) + " twice",
                  "add up the counts of a word");
  }

  void note_empty() {
    if (empty_lines_.size() < kMaxNamedLines) empty_lines_.push_back(lines_.number());
    ++num_empty_;
  }

  void warn(std::vector<std::string>& warnings) const {
    if (num_empty_ > 0) {
      std::string where;
      for (const std::size_t line : empty_lines_)
        where += (where.empty() ? "" : ", ") + std::to_string(line);
      if (num_empty_ > empty_lines_.size()) where += ", ...";
      warnings.push_back(source_ + ": " + std::to_string(num_empty_) + " empty documents (line " +
                         where + "), which are kept");
    }
    const bool has_words = builder_.largest_word() >= 0;
    if (vocabulary_size_ == 0 && has_words && smallest_word_ > 0)
      warnings.push_back(source_ + ": word 0 does not occur; do the ids count from 1?");
  }

  LineReader lines_;
  const std::string& source_;
  std::int64_t vocabulary_size_;
  CorpusBuilder builder_;
  std::vector<Corpus::Pair> pairs_;
  std::vector<std::size_t> empty_lines_;
  std::size_t num_empty_ = 0;
  std::int32_t smallest_word_ = std::numeric_limits<std::int32_t>::max();
  bool has_document_ = false;
};

}  // namespace

std::shared_ptr<Corpus> read_ldac(const std::string& path,
                                  std::int64_t vocabulary_size,
                                  std::vector<std::string>& warnings) {
  const auto input = open_stream(path);
  return LdacReader(*input, path, vocabulary_size).read(warnings);
}

std::shared_ptr<Corpus> decode_ldac(std::string_view bytes,
                                    const std::string& source,
                                    std::int64_t vocabulary_size,
                                    std::vector<std::string>& warnings) {
  MemoryStream input(bytes);
  return LdacReader(input, source, vocabulary_size).read(warnings);
}

}  // namespace elbow::data
