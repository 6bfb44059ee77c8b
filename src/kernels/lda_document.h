#pragma once

#include "kernel_table.h"
#include "simd_math.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

// Keeps logarithms finite and 0/0 away.
constexpr double kFloor = 1e-300;
// A padding topic's alpha: digamma of it is -1e300, so the topic's weight is exactly 0.
constexpr double kPaddingAlpha = 1e-300;

ELBOW_INLINE std::int64_t padded(std::int64_t count) {
  return (count + kLanes - 1) / kLanes * kLanes;
}

/// Where the parts of a document lie in its scratch memory. W words and K topics, both padded.
struct LdaTile {
  std::int64_t num_words, num_topics;
  double* rows;      ///< [W, K] the words' rows of exp_elog_topics, scaled
  double* unscale;   ///< [W] what each row was multiplied by, inverted
  double* counts;    ///< [W]
  double* norms;     ///< [W]
  double* alpha;     ///< [K]
  double* gamma;     ///< [K]
  double* elog;      ///< [K] digamma(gamma)
  double* weights;   ///< [K] exp(elog - max)
  double* gathered;  ///< [K] sum_w n_w rows_wk / norm_w
};

ELBOW_INLINE LdaTile lda_tile(const LdaDocument& d) {
  LdaTile t{};
  t.num_words = padded(d.num_words);
  t.num_topics = padded(d.num_topics);
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

inline void fill_tile(const LdaDocument& d, const LdaTile& t) {
  for (std::int64_t w = 0; w < d.num_words; ++w) {
    const double* row = d.exp_elog_topics + d.words[w] * d.num_topics;
    t.unscale[w] = copy_row(row, t.rows + w * t.num_topics, d.num_topics, t.num_topics);
  }
  double* const padding = t.rows + d.num_words * t.num_topics;
  for (std::int64_t i = 0; i < (t.num_words - d.num_words) * t.num_topics; ++i) padding[i] = 0.0;
  copy_padded(d.counts, t.counts, d.num_words, t.num_words, 0.0);
  copy_padded(d.alpha, t.alpha, d.num_topics, t.num_topics, kPaddingAlpha);
  copy_padded(d.gamma, t.gamma, d.num_topics, t.num_topics, kPaddingAlpha);
}

/// weights = exp(digamma(gamma) - max): the largest is 1, so they cannot all underflow. digamma(sum
/// gamma) cancels in phi and is left to the end. Returns the maximum.
ELBOW_INLINE double topic_weights(const LdaTile& t) {
  Vec largest = broadcast(-kInfinity);
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes) {
    const Vec elog = digamma(load(t.gamma + k));
    store(t.elog + k, elog);
    largest = larger(elog, largest);
  }
  const double top = largest_of_lanes(largest);
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes)
    store(t.weights + k, exp(load(t.elog + k) - top));
  return top;
}

/// sum_k weights_k rows_wk of kLanes words from `word`.
ELBOW_INLINE Vec word_norms(const LdaTile& t, std::int64_t word) {
  const double* const rows = t.rows + word * t.num_topics;
  Vec sums[kLanes] = {};
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes) {
    const Vec weight = load(t.weights + k);
    for (int w = 0; w < kLanes; ++w) sums[w] += weight * load(rows + w * t.num_topics + k);
  }
  return sums_of_lanes(sums);
}

/// gathered_k += sum_w ratio_w rows_wk for kLanes words from `word`.
ELBOW_INLINE void gather_words(const LdaTile& t, std::int64_t word, Vec ratio) {
  const double* const rows = t.rows + word * t.num_topics;
  Vec ratios[kLanes];
  for (int w = 0; w < kLanes; ++w) ratios[w] = broadcast(ratio[w]);
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes) {
    Vec sum = load(t.gathered + k);
    for (int w = 0; w < kLanes; ++w) sum += ratios[w] * load(rows + w * t.num_topics + k);
    store(t.gathered + k, sum);
  }
}

/// One sweep: phi from gamma, gamma from phi. Returns the sum of the absolute changes of gamma.
ELBOW_INLINE double sweep(const LdaTile& t) {
  topic_weights(t);
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes) store(t.gathered + k, Vec{});
  for (std::int64_t w = 0; w < t.num_words; w += kLanes) {
    gather_words(t, w, load(t.counts + w) / at_least(word_norms(t, w), kFloor));
  }
  Vec change{};
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes) {
    const Vec gamma = load(t.alpha + k) + load(t.weights + k) * load(t.gathered + k);
    change += magnitude(gamma - load(t.gamma + k));
    store(t.gamma + k, gamma);
  }
  return sum_of_lanes(change);
}

/// The unscaled exp E[log theta] and phi's normalisers at the last gamma.
inline void finish_document(const LdaDocument& d, const LdaTile& t) {
  double total = 0.0;
  for (std::int64_t k = 0; k < d.num_topics; ++k) total += t.gamma[k];
  const double top = topic_weights(t);
  const Vec elog_total = digamma(broadcast(total));
  for (std::int64_t w = 0; w < t.num_words; w += kLanes) store(t.norms + w, word_norms(t, w));
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes) {
    store(t.weights + k, at_least(exp(load(t.elog + k) - elog_total), kFloor));
  }
  const double scale = exp(broadcast(top) - elog_total)[0];
  for (std::int64_t w = 0; w < d.num_words; ++w) {
    const double norm = t.norms[w] * t.unscale[w] * scale;
    d.phi_norm[w] = norm < kFloor ? kFloor : norm;
  }
  copy_padded(t.weights, d.exp_elog_theta, d.num_topics, d.num_topics, 0.0);
  copy_padded(t.gamma, d.gamma, d.num_topics, d.num_topics, 0.0);
}

inline int lda_document(const LdaDocument& d) {
  const LdaTile t = lda_tile(d);
  fill_tile(d, t);
  int sweeps = 0;
  while (sweeps < d.max_sweeps) {
    ++sweeps;
    if (sweep(t) < d.tolerance * static_cast<double>(d.num_topics)) break;
  }
  finish_document(d, t);
  return sweeps;
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
