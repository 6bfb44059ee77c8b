#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace elbow {

using at::Tensor;

/// How coherent topics are by their most probable words: normalised pointwise mutual information of
/// a topic's words over documents, ln(p_ij / (p_i p_j)) / -ln p_ij, averaged over its pairs and
/// then over topics. p are shares of documents that have a word, or both. -1 for words that never
/// meet, 0 for independent ones, 1 for words that occur only together, also when in all documents.
///
/// Bouma, "Normalized (pointwise) mutual information in collocation extraction", 2009, section 4;
/// Lau, Newman, Baldwin, "Machine reading tea leaves", 2014.
class TopicCoherence {
 public:
  /// @param topics the ids of each topic's words
  explicit TopicCoherence(std::vector<std::vector<std::int64_t>> topics);
  /// Counts more documents. @param counts [B, V] sparse CSR
  void add(const Tensor& counts);
  /// NPMI of each topic with two words or more, in their order.
  std::vector<double> per_topic() const;
  /// Their mean; NaN without a topic of two words, and before documents.
  double mean() const;

 private:
  std::int64_t together(std::size_t i, std::size_t j) const;
  double npmi(std::size_t i, std::size_t j) const;

  std::vector<std::vector<std::size_t>> topics_;  ///< positions in words_
  std::vector<std::int64_t> words_;               ///< ascending
  std::vector<std::int64_t> together_;            ///< [words, words] documents with both, i <= j
  std::int64_t num_documents_ = 0;
};

}  // namespace elbow
