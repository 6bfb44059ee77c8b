#include "elbow/data/sources/corpus.h"

#include <algorithm>
#include <stdexcept>

#include "spill_file.h"

namespace elbow::data {
namespace {

void check(const std::vector<Corpus::Pair>& pairs) {
  std::int64_t before = -1;
  for (const auto& pair : pairs) {
    if (pair.word <= before || pair.count < 1)
      throw std::invalid_argument(
          "CorpusBuilder: expected ascending words with counts of at least 1, got word " +
          std::to_string(pair.word) + " with count " + std::to_string(pair.count));
    before = pair.word;
  }
}

}  // namespace

Corpus::Corpus()
    : pair_file_(std::make_unique<SpillFile>()),
      offset_file_(std::make_unique<SpillFile>()),
      words_(std::make_shared<const std::vector<std::string>>()) {}

Corpus::~Corpus() = default;

std::int64_t Corpus::tokens(std::int64_t index) const {
  std::int64_t out = 0;
  for (const Pair& pair : document(index)) out += pair.count;
  return out;
}

void Corpus::set_vocabulary(std::int64_t size,
                            std::shared_ptr<const std::vector<std::string>> words) {
  vocabulary_size_ = size;
  if (words != nullptr) words_ = std::move(words);
}

CorpusBuilder::CorpusBuilder() : corpus_(new Corpus()) {
  const std::int64_t first = 0;
  corpus_->offset_file_->append(&first, sizeof(first));
}

CorpusBuilder::~CorpusBuilder() = default;

void CorpusBuilder::add(const std::vector<Corpus::Pair>& pairs) {
  check(pairs);
  corpus_->pair_file_->append(pairs.data(), pairs.size() * sizeof(Corpus::Pair));
  for (const auto& pair : pairs) corpus_->num_tokens_ += pair.count;
  if (!pairs.empty()) largest_word_ = std::max<std::int64_t>(largest_word_, pairs.back().word);
  corpus_->num_pairs_ += static_cast<std::int64_t>(pairs.size());
  corpus_->num_empty_ += pairs.empty();
  corpus_->num_documents_ += 1;
  corpus_->offset_file_->append(&corpus_->num_pairs_, sizeof(corpus_->num_pairs_));
}

std::shared_ptr<Corpus> CorpusBuilder::finish(std::string sha256) {
  corpus_->pair_file_->map();
  corpus_->offset_file_->map();
  corpus_->pairs_ = static_cast<const Corpus::Pair*>(corpus_->pair_file_->data());
  corpus_->offsets_ = static_cast<const std::int64_t*>(corpus_->offset_file_->data());
  corpus_->vocabulary_size_ = largest_word_ + 1;
  corpus_->sha256_ = std::move(sha256);
  return std::move(corpus_);
}

}  // namespace elbow::data
