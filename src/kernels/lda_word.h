#pragma once

#include "kernel_table.h"
#include "simd.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// kCount vectors of a word's statistics from topic `first`; they stay in registers over all
/// documents. A vector that would reach beyond the last topic ends there instead, and computes some
/// topics twice.
template <int kCount>
ELBOW_INLINE void lda_word_columns(const LdaWord& job, std::int64_t first) {
  std::int64_t columns[kCount];
  for (int c = 0; c < kCount; ++c) {
    const std::int64_t last = job.num_topics - kLanes;
    columns[c] = first + c * kLanes < last ? first + c * kLanes : last;
  }
  Vec sums[kCount] = {};
  for (std::int64_t i = 0; i < job.num_documents; ++i) {
    const double* const theta = job.exp_elog_theta + job.documents[i] * job.num_topics;
    for (int c = 0; c < kCount; ++c) sums[c] += job.weights[i] * load(theta + columns[c]);
  }
  for (int c = 0; c < kCount; ++c)
    store(job.statistics + columns[c], sums[c] * load(job.topics + columns[c]));
}

/// Topics fewer than one vector.
inline void lda_word_few_topics(const LdaWord& job) {
  for (std::int64_t k = 0; k < job.num_topics; ++k) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < job.num_documents; ++i) {
      sum += job.weights[i] * job.exp_elog_theta[job.documents[i] * job.num_topics + k];
    }
    job.statistics[k] = sum * job.topics[k];
  }
}

inline void lda_word(const LdaWord& job) {
  if (job.num_topics < kLanes) return lda_word_few_topics(job);
  for (std::int64_t k = 0; k < job.num_topics; k += 8 * kLanes) {
    switch ((job.num_topics - k + kLanes - 1) / kLanes) {
      case 1:
        lda_word_columns<1>(job, k);
        break;
      case 2:
        lda_word_columns<2>(job, k);
        break;
      case 3:
        lda_word_columns<3>(job, k);
        break;
      case 4:
        lda_word_columns<4>(job, k);
        break;
      case 5:
        lda_word_columns<5>(job, k);
        break;
      case 6:
        lda_word_columns<6>(job, k);
        break;
      case 7:
        lda_word_columns<7>(job, k);
        break;
      default:
        lda_word_columns<8>(job, k);
    }
  }
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
