#pragma once

#include <cstdint>

namespace elbow::kernels {

/// Input and output of mixture_pass. Pointers are row-major arrays of the shape in brackets; N
/// rows, D features, K components. Below, x_n stands for the row minus `shift`.
struct MixturePass {
  std::int64_t num_rows;        ///< N
  std::int64_t num_features;    ///< D
  std::int64_t num_components;  ///< K
  const double* x;              ///< [N, D]
  const double* shift;          ///< [D] subtracted from each row before anything else, or null
  const double* log_weights;    ///< [K] what does not depend on x; may be -inf
  const double* means;          ///< [K, D] m_k, in the shifted coordinates
  const double* factors;  ///< full: [K, D, D] U_k, of which the upper triangle is read; diagonal:
                          ///< [K, D] its diagonal
  bool is_diagonal;
  double* responsibilities;  ///< [N, K] out: r_nk, or null
  double* log_normalisers;  ///< [N] out: log sum_k exp(log_weights_k - |U_k (x_n - m_k)|^2 / 2), or
                            ///< null
  double* counts;           ///< [K] out: sum_n r_nk
  double* sums;             ///< [K, D] out: sum_n r_nk x_n
  double* outer;  ///< full: [K, D, D] out: sum_n r_nk x_n x_n^T, symmetric; diagonal: [K, D] sum_n
                  ///< r_nk x_n^2
  double* entropy;  ///< [1] out: -sum_nk r_nk log r_nk, or null
};

/// One pass of a Gaussian mixture's E-step over the rows, with its sufficient statistics:
/// r_nk is proportional to exp(log_weights_k - |U_k (x_n - m_k)|^2 / 2). Maximum likelihood has
/// log_weights_k = log pi_k + log det U_k - D/2 log 2 pi; variational inference puts expectations
/// there and the expected precision into U_k (Bishop, "Pattern recognition and machine learning",
/// 2006, 10.46 to 10.53).
///
/// The statistics are raw moments of the shifted rows: subtract from them what a covariance needs.
/// Rows far from zero lose digits by that, as (mean / standard deviation)^2; a shift near the
/// data's mean prevents it. The caller shifts the means that it passes, and adds the shift to those
/// that it computes.
///
/// A row that no component explains (all terms -inf) gets NaN, and so do the sums.
///
/// Rows are worked on in blocks whose size depends on D and K alone. At most 64 lanes own
/// consecutive blocks each; a lane adds its blocks in order, and the lanes are added in a binary
/// tree. So results are the same bits for any number of threads, and memory is that of the lanes' K
/// (D + 1)(D + 2) / 2 moments and one block for each thread.
///
/// @throws std::invalid_argument when N < 0, D < 1 or K < 1
void mixture_pass(const MixturePass& pass);

}  // namespace elbow::kernels
