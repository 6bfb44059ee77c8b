#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "elbow/kernels/lda_e_step.h"

namespace elbow {

using at::Tensor;

/// A batch of bags of words in its own vocabulary: the distinct words that it has, ascending.
struct Documents {
  std::vector<std::int64_t> offsets;  ///< [B + 1]
  std::vector<std::int32_t> words;    ///< [pairs] positions in the batch's vocabulary
  std::vector<double> counts;         ///< [pairs]
  Tensor vocabulary;                  ///< [W] int64 words

  std::int64_t count() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::int64_t num_words() const { return vocabulary.size(0); }
  double tokens(std::int64_t d) const;
  kernels::LdaDocuments view() const {
    return {count(), offsets.data(), words.data(), counts.data()};
  }
};

/// @param x [B, V] float64 sparse CSR
/// @throws DataError when it is not that, or has a count that is negative or not finite
Documents documents_of(const Tensor& x, std::int64_t vocabulary_size);

/// The counts of the first and the second half of every document, its tokens in the order of its
/// words dealt alternately. @throws DataError for counts that are not whole
struct Halves {
  std::vector<double> first, second;  ///< [pairs]
};
Halves halves_of(const Documents& documents);

}  // namespace elbow
