#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace elbow::data {

class SpillFile;

/// Documents as word counts. Pairs and offsets lie in files without a name that are mapped into
/// memory (SpillFile), so that memory does not grow with the number of documents.
class Corpus {
 public:
  struct Pair {
    std::int32_t word, count;
  };
  /// The distinct words of one document, ascending; valid as long as the corpus.
  struct Document {
    const Pair* pairs = nullptr;
    std::int64_t size = 0;
    const Pair* begin() const { return pairs; }
    const Pair* end() const { return pairs + size; }
  };

  ~Corpus();
  Corpus(const Corpus&) = delete;
  Corpus& operator=(const Corpus&) = delete;

  std::int64_t num_documents() const { return num_documents_; }
  std::int64_t num_pairs() const { return num_pairs_; }
  std::int64_t num_tokens() const { return num_tokens_; }  ///< sum of all counts
  std::int64_t num_empty() const { return num_empty_; }    ///< documents without a word
  std::int64_t vocabulary_size() const { return vocabulary_size_; }
  /// The vocabulary, or nothing when none was given.
  const std::vector<std::string>& words() const { return *words_; }
  /// SHA-256 of the decoded content that it was read from; empty for one that was built.
  const std::string& sha256() const { return sha256_; }

  /// @param index below num_documents(), which is not checked
  Document document(std::int64_t index) const {
    return {pairs_ + offsets_[index], offsets_[index + 1] - offsets_[index]};
  }
  std::int64_t tokens(std::int64_t index) const;  ///< sum of the counts of one document

  /// Sets the vocabulary, which may be known only after other files have been read.
  /// @param words none, or `size` words; kept, not copied
  void set_vocabulary(std::int64_t size, std::shared_ptr<const std::vector<std::string>> words);

 private:
  friend class CorpusBuilder;
  Corpus();

  std::unique_ptr<SpillFile> pair_file_, offset_file_;
  const Pair* pairs_ = nullptr;
  const std::int64_t* offsets_ = nullptr;  ///< num_documents + 1
  std::int64_t num_documents_ = 0, num_pairs_ = 0, num_tokens_ = 0, num_empty_ = 0;
  std::int64_t vocabulary_size_ = 0;
  std::shared_ptr<const std::vector<std::string>> words_;
  std::string sha256_;
};

/// Makes a corpus document by document.
class CorpusBuilder {
 public:
  CorpusBuilder();
  ~CorpusBuilder();

  /// @param pairs words ascending and distinct, counts of at least 1 (std::invalid_argument)
  /// @throws IoError when the disk is full
  void add(const std::vector<Corpus::Pair>& pairs);
  std::int64_t largest_word() const { return largest_word_; }  ///< -1 before the first word
  /// Ends the building. Until set_vocabulary the vocabulary ends with the largest word.
  std::shared_ptr<Corpus> finish(std::string sha256 = "");

 private:
  std::shared_ptr<Corpus> corpus_;
  std::int64_t largest_word_ = -1;
};

/// The most words that a vocabulary may have: a damaged id must not become a model of its size.
inline constexpr std::int64_t kMaxVocabulary = 10000000;

/// Reads an LDA-C corpus, .gz too: a document a line, "N id:count id:count ..." with N pairs, ids
/// from 0 and distinct, whole counts of at least 1. (Blei, "lda-c", 2003, readme.)
/// @param vocabulary_size ids must lie below it; 0: whatever the ids need
/// @param warnings receives at most one line of each kind: empty documents, which are kept, and ids
/// that seem to count from 1
/// @throws DataError: file, line, expected, found, remedy; IoError when the disk is full
std::shared_ptr<Corpus> read_ldac(const std::string& path,
                                  std::int64_t vocabulary_size,
                                  std::vector<std::string>& warnings);
std::shared_ptr<Corpus> decode_ldac(std::string_view bytes,
                                    const std::string& source,
                                    std::int64_t vocabulary_size,
                                    std::vector<std::string>& warnings);

/// One word a line, .gz too. @throws DataError: an empty line, a word twice, no word, bytes that
/// are no UTF-8
std::vector<std::string> read_vocabulary(const std::string& path);

}  // namespace elbow::data
