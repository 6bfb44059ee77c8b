#pragma once

#include "lda_tile.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

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

/// Adds kCount vectors of gathered_k += sum_w norms_w rows_wk over `count` words from `word`, the
/// sums in registers. Meanwhile the rows `ahead` words further, the next group's, are asked for.
template <int kCount>
ELBOW_INLINE void gather_columns(const LdaTile& t,
                                 std::int64_t word,
                                 std::int64_t count,
                                 std::int64_t first,
                                 std::int64_t ahead) {
  Vec sums[kCount];
  for (int c = 0; c < kCount; ++c) sums[c] = load(t.gathered + first + c * kLanes);
  const double* row = t.rows + word * t.num_topics + first;
  const double* next = row + ahead * t.num_topics;
  for (std::int64_t w = word; w < word + count; ++w, row += t.num_topics, next += t.num_topics) {
    const Vec ratio = broadcast(t.norms[w]);
    for (int c = 0; c < kCount; ++c) __builtin_prefetch(next + c * kLanes);
    for (int c = 0; c < kCount; ++c) sums[c] += ratio * load(row + c * kLanes);
  }
  for (int c = 0; c < kCount; ++c) store(t.gathered + first + c * kLanes, sums[c]);
}

ELBOW_INLINE void gather_words(const LdaTile& t,
                               std::int64_t word,
                               std::int64_t count,
                               std::int64_t ahead) {
  for (std::int64_t k = 0; k < t.num_topics; k += 8 * kLanes) {
    switch ((t.num_topics - k) / kLanes) {
      case 1:
        gather_columns<1>(t, word, count, k, ahead);
        break;
      case 2:
        gather_columns<2>(t, word, count, k, ahead);
        break;
      case 3:
        gather_columns<3>(t, word, count, k, ahead);
        break;
      case 4:
        gather_columns<4>(t, word, count, k, ahead);
        break;
      case 5:
        gather_columns<5>(t, word, count, k, ahead);
        break;
      case 6:
        gather_columns<6>(t, word, count, k, ahead);
        break;
      case 7:
        gather_columns<7>(t, word, count, k, ahead);
        break;
      default:
        gather_columns<8>(t, word, count, k, ahead);
    }
  }
}

/// One sweep: phi from gamma, gamma from phi. Returns the sum of the absolute changes of gamma.
/// Words are taken in groups whose rows stay in the first-level cache between the two products.
/// Sweeps alternate in direction: the rows that the last one ended with are still in the cache.
ELBOW_INLINE double sweep(const LdaTile& t, bool is_descending) {
  topic_weights(t);
  for (std::int64_t k = 0; k < t.num_topics; k += kLanes) store(t.gathered + k, Vec{});
  const std::int64_t groups = (t.num_words + t.group - 1) / t.group;
  for (std::int64_t i = 0; i < groups; ++i) {
    const std::int64_t first = (is_descending ? groups - 1 - i : i) * t.group;
    const std::int64_t last = first + t.group < t.num_words ? first + t.group : t.num_words;
    for (std::int64_t w = first; w < last; w += kLanes) {
      store(t.norms + w, load(t.counts + w) / at_least(word_norms(t, w), kFloor));
    }
    gather_words(t, first, last - first, is_descending ? -t.group : t.group);
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
    if (sweep(t, sweeps % 2 == 0) < d.tolerance * static_cast<double>(d.num_topics)) break;
  }
  finish_document(d, t);
  return sweeps;
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
