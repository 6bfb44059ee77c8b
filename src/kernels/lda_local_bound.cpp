#include <omp.h>

#include <algorithm>

#include "aligned_buffer.h"
#include "elbow/kernels/lda_e_step.h"
#include "kernel_table.h"
#include "lda_check.h"

namespace elbow::kernels {
namespace {

/// log Gamma(sum_k a_k) - sum_k log Gamma(a_k); scratch has a place for each.
double log_normaliser(const KernelTable& table,
                      const double* a,
                      std::int64_t count,
                      double* scratch) {
  double total = 0.0, value = 0.0;
  for (std::int64_t k = 0; k < count; ++k) total += a[k];
  table.lgamma(&total, &value, 1);
  table.lgamma(a, scratch, count);
  for (std::int64_t k = 0; k < count; ++k) value -= scratch[k];
  return value;
}

/// sum_k (alpha_k - gamma_k) E[log theta_k]
double expected_prior_ratio(const KernelTable& table,
                            const double* alpha,
                            const double* gamma,
                            std::int64_t count,
                            double* scratch) {
  double total = 0.0, elog_total = 0.0, value = 0.0;
  for (std::int64_t k = 0; k < count; ++k) total += gamma[k];
  table.digamma(&total, &elog_total, 1);
  table.digamma(gamma, scratch, count);
  for (std::int64_t k = 0; k < count; ++k)
    value += (alpha[k] - gamma[k]) * (scratch[k] - elog_total);
  return value;
}

/// sum_w n_w log phi_norm_w
double expected_log_words(const KernelTable& table,
                          const double* counts,
                          const double* phi_norm,
                          std::int64_t count,
                          double* scratch) {
  double value = 0.0;
  table.log(phi_norm, scratch, count);
  for (std::int64_t w = 0; w < count; ++w) value += counts[w] * scratch[w];
  return value;
}

}  // namespace

void lda_local_bound(const LdaDocuments& documents,
                     std::int64_t num_topics,
                     const double* alpha,
                     const double* gamma,
                     const double* phi_norm,
                     double* bound) {
  const KernelTable& table = kernels();
  const std::int64_t size = aligned_size(std::max(longest_document(documents), num_topics));
  const int threads = omp_get_max_threads();
  AlignedBuffer scratch(size * threads);
  double* const memory = scratch.data();
  const double prior = log_normaliser(table, alpha, num_topics, memory);
#pragma omp parallel for schedule(dynamic, 32) num_threads(threads)
  for (std::int64_t d = 0; d < documents.count; ++d) {
    double* const own = memory + size * omp_get_thread_num();
    const double* const g = gamma + d * num_topics;
    const std::int64_t first = documents.offsets[d], words = documents.offsets[d + 1] - first;
    bound[d] = expected_log_words(table, documents.counts + first, phi_norm + first, words, own) +
               expected_prior_ratio(table, alpha, g, num_topics, own) -
               log_normaliser(table, g, num_topics, own) + prior;
  }
}

}  // namespace elbow::kernels
