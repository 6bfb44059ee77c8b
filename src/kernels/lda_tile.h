#pragma once

#include "kernel_table.h"
#include "simd_math.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

// Keeps logarithms finite and 0/0 away.
constexpr double kFloor = 1e-300;
// A padding topic's alpha: digamma of it is -1e300, so the topic's weight is exactly 0.
constexpr double kPaddingAlpha = 1e-300;
// Doubles in the rows of a group of words: 16 KB.
constexpr std::int64_t kGroupBudget = 2048;
// Words ahead whose rows are asked for while one is copied: they lie anywhere in the topics.
constexpr std::int64_t kPrefetchWords = 8;

ELBOW_INLINE std::int64_t padded(std::int64_t count) {
  return (count + kLanes - 1) / kLanes * kLanes;
}

/// Where the parts of a document lie in its scratch memory. W words and K topics, both padded.
struct LdaTile {
  std::int64_t num_words, num_topics;
  std::int64_t group;  ///< words whose rows fit into half of a first-level cache
  double* rows;        ///< [W, K] the words' rows of exp_elog_topics, scaled
  double* unscale;     ///< [W] what each row was multiplied by, inverted
  double* counts;      ///< [W]
  double* norms;       ///< [W] normalisers of phi; in a sweep n_w over them
  double* alpha;       ///< [K]
  double* gamma;       ///< [K]
  double* elog;        ///< [K] digamma(gamma)
  double* weights;     ///< [K] exp(elog - max)
  double* gathered;    ///< [K] sum_w n_w rows_wk / norm_w
};

ELBOW_INLINE LdaTile lda_tile(const LdaDocument& d) {
  LdaTile t{};
  t.num_words = padded(d.num_words);
  t.num_topics = padded(d.num_topics);
  const std::int64_t fitting = kGroupBudget / t.num_topics / kLanes * kLanes;
  t.group = fitting < kLanes ? kLanes : fitting;
  double** const of_words[] = {&t.unscale, &t.counts, &t.norms};
  double** const of_topics[] = {&t.alpha, &t.gamma, &t.elog, &t.weights, &t.gathered};
  t.rows = d.scratch;
  double* next = t.rows + t.num_words * t.num_topics;
  for (double** const part : of_words) {
    *part = next;
    next += t.num_words;
  }
  for (double** const part : of_topics) {
    *part = next;
    next += t.num_topics;
  }
  return t;
}

inline std::int64_t lda_scratch_size(std::int64_t num_words, std::int64_t num_topics) {
  return padded(num_words) * padded(num_topics) + 3 * padded(num_words) + 5 * padded(num_topics);
}

ELBOW_INLINE void copy_padded(
    const double* from, double* to, std::int64_t count, std::int64_t size, double filler) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
  for (std::int64_t i = count; i < size; ++i) to[i] = filler;
}

/// A row whose largest entry is below 2^-500 is multiplied by 2^500: phi does not depend on a
/// word's scale, but its products with a small topic weight could all underflow.
ELBOW_INLINE double copy_row(const double* from,
                             double* to,
                             std::int64_t count,
                             std::int64_t size) {
  copy_padded(from, to, count, size, 0.0);
  Vec largest{};
  for (std::int64_t k = 0; k < size; k += kLanes) largest = larger(load(to + k), largest);
  if (largest_of_lanes(largest) >= 0x1p-500) return 1.0;
  for (std::int64_t k = 0; k < size; k += kLanes) store(to + k, load(to + k) * 0x1p500);
  return 0x1p-500;
}

ELBOW_INLINE void prefetch_row(const LdaDocument& d, std::int64_t word) {
  if (word >= d.num_words) return;
  const double* const row = d.exp_elog_topics + d.words[word] * d.num_topics;
  for (std::int64_t k = 0; k < d.num_topics; k += 8) __builtin_prefetch(row + k);
}

inline void fill_tile(const LdaDocument& d, const LdaTile& t) {
  for (std::int64_t w = 0; w < d.num_words; ++w) {
    prefetch_row(d, w + kPrefetchWords);
    const double* row = d.exp_elog_topics + d.words[w] * d.num_topics;
    t.unscale[w] = copy_row(row, t.rows + w * t.num_topics, d.num_topics, t.num_topics);
  }
  double* const padding = t.rows + d.num_words * t.num_topics;
  for (std::int64_t i = 0; i < (t.num_words - d.num_words) * t.num_topics; ++i) padding[i] = 0.0;
  copy_padded(d.counts, t.counts, d.num_words, t.num_words, 0.0);
  copy_padded(d.alpha, t.alpha, d.num_topics, t.num_topics, kPaddingAlpha);
  copy_padded(d.gamma, t.gamma, d.num_topics, t.num_topics, kPaddingAlpha);
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
