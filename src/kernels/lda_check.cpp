#include "lda_check.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace elbow::kernels {
namespace {

void check_offsets(const LdaDocuments& documents) {
  if (documents.count < 0) {
    throw std::invalid_argument("LdaDocuments: count must be >= 0, got " +
                                std::to_string(documents.count));
  }
  for (std::int64_t d = 0; d < documents.count; ++d) {
    if (documents.offsets[d + 1] < documents.offsets[d]) {
      throw std::invalid_argument("LdaDocuments: offsets fall after document " + std::to_string(d));
    }
  }
}

}  // namespace

void check_documents(const LdaDocuments& documents,
                     std::int64_t num_topics,
                     std::int64_t vocabulary_size) {
  if (num_topics < 1)
    throw std::invalid_argument("LDA: num_topics must be >= 1, got " + std::to_string(num_topics));
  check_offsets(documents);
  if (documents.count == 0) return;
  const std::int64_t first = documents.offsets[0], last = documents.offsets[documents.count];
  // A flag rather than an early exit: the loop stays a vector loop.
  bool is_outside = false;
  for (std::int64_t i = first; i < last; ++i) {
    is_outside |= documents.words[i] < 0 || documents.words[i] >= vocabulary_size;
  }
  if (is_outside) {
    throw std::invalid_argument("LdaDocuments: a word lies outside [0, " +
                                std::to_string(vocabulary_size) + ")");
  }
}

std::int64_t longest_document(const LdaDocuments& documents) {
  std::int64_t longest = 0;
  for (std::int64_t d = 0; d < documents.count; ++d) {
    longest = std::max(longest, documents.offsets[d + 1] - documents.offsets[d]);
  }
  return longest;
}

}  // namespace elbow::kernels
