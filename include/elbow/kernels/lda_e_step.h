#pragma once

#include <cstdint>

namespace elbow::kernels {

/// A batch of documents as word counts, in compressed rows.
struct LdaDocuments {
  std::int64_t count;
  const std::int64_t*
      offsets;  ///< [count + 1]; document d has the pairs offsets[d] ... offsets[d + 1] - 1
  const std::int32_t* words;  ///< [pairs] in [0, V)
  const double* counts;       ///< [pairs] >= 0
};

/// Input and output of lda_e_step. Pointers are row-major arrays of the shape in brackets; K
/// topics, V words.
struct LdaEStep {
  LdaDocuments documents;
  std::int64_t num_topics;       ///< K
  std::int64_t vocabulary_size;  ///< V
  const double*
      exp_elog_topics;  ///< [V, K] exp E[log beta_kv]; only rows of words of the batch are read
  const double* alpha;  ///< [K] > 0
  int max_sweeps;
  double tolerance;  ///< mean absolute change of gamma per topic below which a document stops; 0:
                     ///< never
  double* gamma;     ///< [count, K] > 0; in: start, out: result
  double* exp_elog_theta;  ///< [count, K] out: exp E[log theta] at the final gamma, at least 1e-300
  double* phi_norm;  ///< [pairs] out: sum_k exp_elog_theta_dk exp_elog_topics_vk, at least 1e-300
  int* sweeps;       ///< [count] out: sweeps made; may be null
};

/// Mean-field E-step of latent Dirichlet allocation: fits gamma of each document with the topics
/// held fixed. A sweep is gamma_k = alpha_k + t_k sum_w n_w beta_wk / sum_j t_j beta_wj with t =
/// exp E[log theta] under the old gamma. phi of a pair at the final gamma is exp_elog_theta_dk
/// exp_elog_topics_vk / phi_norm.
///
/// Documents are spread over OpenMP's threads, each document on one: results do not depend on the
/// number of threads. A document's rows of exp_elog_topics are copied together once, and stay in
/// the cache over its sweeps.
///
/// For a small alpha exp E[log theta] underflows. phi does not depend on the scale of t nor on that
/// of a word's row, so sweeps use t / max t (then one t is 1), and rows below 2^-500 times 2^500.
/// What is returned is unscaled, with the floor. A word whose products of the two all lie below
/// 1e-300 still is lost to gamma; no 0/0 arises.
///
/// Blei, Ng, Jordan, "Latent Dirichlet allocation", JMLR 3, 2003, section 5.2; Hoffman, Bach, Blei,
/// "Online learning for latent Dirichlet allocation", NIPS 2010, section 2.1.
///
/// @throws std::invalid_argument when a word lies outside [0, V) or a size is negative, before
/// anything is written
void lda_e_step(const LdaEStep& step);

/// Expected counts s_vk = exp_elog_topics_vk sum_d n_dv exp_elog_theta_dk / phi_norm_dv, the
/// topics' part of the M-step. Rows of words in the batch are overwritten, other rows are left
/// alone. A word's documents are added in their order, whatever the number of threads: the batch is
/// transposed by a counting sort, and threads share the words.
///
/// @param statistics [V, K] out
/// @throws std::invalid_argument as lda_e_step
void lda_statistics(const LdaDocuments& documents,
                    std::int64_t num_topics,
                    std::int64_t vocabulary_size,
                    const double* exp_elog_topics,
                    const double* exp_elog_theta,
                    const double* phi_norm,
                    double* statistics);

/// Each document's part of the evidence lower bound, in nats, with phi at its optimum for gamma:
/// sum_w n_w log phi_norm_w + sum_k [(alpha_k - gamma_k) E[log theta_k] + log Gamma(gamma_k)] - log
/// Gamma(sum_k gamma_k)
/// + log Gamma(sum_k alpha_k) - sum_k log Gamma(alpha_k). Blei, Ng, Jordan, 2003, appendix A.3,
/// after inserting phi.
///
/// @param gamma    [count, K] and
/// @param phi_norm [pairs] as lda_e_step left them
/// @param bound    [count] out
void lda_local_bound(const LdaDocuments& documents,
                     std::int64_t num_topics,
                     const double* alpha,
                     const double* gamma,
                     const double* phi_norm,
                     double* bound);

}  // namespace elbow::kernels
