#pragma once

#include <cstdint>

#include "conditional_kernels.h"
#include "dense_kernels.h"
#include "elbow/kernels/conv_products.h"
#include "elbow/kernels/energies.h"
#include "elbow/kernels/transpose.h"
#include "pair_kernels.h"
#include "stack_kernels.h"

// What is compiled once for each instruction set: loops on raw memory that the caller has
// allocated, on one thread.
namespace elbow::kernels {

/// The E-step of one document. Topics are padded to a multiple of the vector's length, words too.
struct LdaDocument {
  std::int64_t num_words;   ///< pairs of this document
  std::int64_t num_topics;  ///< K
  const std::int32_t* words;
  const double* counts;
  const double* exp_elog_topics;  ///< [V, K]
  const double* alpha;            ///< [K]
  int max_sweeps;
  double tolerance;
  double* gamma;           ///< [K], in and out
  double* exp_elog_theta;  ///< [K]
  double* phi_norm;        ///< [num_words]
  double* scratch;         ///< lda_scratch_size doubles, 64-byte aligned
};

/// Sum over the documents of one word: statistics = topics * sum_i weights[i] *
/// theta[documents[i]].
struct LdaWord {
  std::int64_t num_documents;
  std::int64_t num_topics;
  const std::int32_t* documents;
  const double* weights;         ///< n / phi_norm
  const double* topics;          ///< [K], the word's row of exp_elog_topics
  const double* exp_elog_theta;  ///< [documents, K]
  double* statistics;            ///< [K]
};

/// Sizes of a mixture pass, in doubles unless said otherwise. Fixed by the problem and the
/// instruction set, so that the order of every sum is.
struct MixtureLayout {
  std::int64_t block_rows;      ///< rows that are worked on together
  std::int64_t padded_k;        ///< components, a multiple of 4
  std::int64_t padded_moments;  ///< columns of a row of moments (1, x, x x^T), padded
  std::int64_t packed_factors;  ///< of one component
  std::int64_t scratch_size;
};

/// One block of rows of a mixture pass: at most layout.block_rows.
struct MixtureBlock {
  const MixtureLayout* layout;
  std::int64_t num_rows;
  std::int64_t num_features;
  std::int64_t num_components;
  bool is_diagonal;
  const double* x;               ///< [num_rows, D]
  const double* shift;           ///< [D] or null
  const double* log_weights;     ///< [K]
  const double* means;           ///< [K, D]
  const double* packed_factors;  ///< [K, packed_factors]
  double* responsibilities;      ///< [num_rows, K] or null
  double* log_normalisers;       ///< [num_rows] or null
  double* moments;               ///< [padded_k, padded_moments], added to
  double* entropy;               ///< added to, or null
  double* scratch;               ///< scratch_size doubles, 64-byte aligned
};

/// Elementwise functions of `count` numbers; `out` may be `x`.
template <class Real>
struct MathKernels {
  void (*exp)(const Real* x, Real* out, std::int64_t count);
  void (*log)(const Real* x, Real* out, std::int64_t count);
  void (*log1p)(const Real* x, Real* out, std::int64_t count);
  void (*tanh)(const Real* x, Real* out, std::int64_t count);
  void (*sigmoid)(const Real* x, Real* out, std::int64_t count);
  void (*softplus)(const Real* x, Real* out, std::int64_t count);
};

/// What exists in float32 and float64.
template <class Real>
struct RealKernels {
  MathKernels<Real> math;
  double (*sum_of_squares)(const Real* x, std::int64_t count);
  void (*energy_density)(const EnergyJob<Real>&);
  ConditionalKernels<Real> conditional;
  FlowKernels<Real> flows;
  DenseKernels<Real> dense;
  void (*transpose)(const Transpose<Real>&, std::int64_t first_column, std::int64_t end_column);
  PairKernels<Real> pairs;
};

struct KernelTable {
  void (*exp)(const double*, double*, std::int64_t);
  void (*log)(const double*, double*, std::int64_t);
  void (*digamma)(const double*, double*, std::int64_t);
  void (*trigamma)(const double*, double*, std::int64_t);
  void (*lgamma)(const double*, double*, std::int64_t);
  std::int64_t (*lda_scratch_size)(std::int64_t num_words, std::int64_t num_topics);
  int (*lda_document)(const LdaDocument&);  ///< returns the number of sweeps
  void (*lda_word)(const LdaWord&);
  MixtureLayout (*mixture_layout)(std::int64_t num_features,
                                  std::int64_t num_components,
                                  bool is_diagonal);
  void (*mixture_pack)(const MixtureLayout&,
                       std::int64_t num_features,
                       bool is_diagonal,
                       const double* factor,
                       double* packed);
  void (*mixture_block)(const MixtureBlock&);
  RealKernels<float> in_float;
  RealKernels<double> in_double;
  std::int64_t vector_bytes;
  void (*multiply_rows_float)(const ConvRows<float>&);
  void (*multiply_rows_double)(const ConvRows<double>&);
  void (*add_products_float)(const ConvSum<float>&);
  void (*add_products_double)(const ConvSum<double>&);
  void (*mask_slope_float)(const ConvMask<float>&);
  void (*mask_slope_double)(const ConvMask<double>&);
  void (*add_columns_float)(const ConvColumnSum<float>&);
  void (*add_columns_double)(const ConvColumnSum<double>&);
};

/// Null when this build has no such variant.
const KernelTable* baseline_kernels();
const KernelTable* avx2_kernels();
const KernelTable* avx512_kernels();

/// The table of instruction_set().
const KernelTable& kernels();
/// Those of one precision.
template <class Real>
const RealKernels<Real>& real_kernels();
template <>
inline const RealKernels<float>& real_kernels<float>() {
  return kernels().in_float;
}
template <>
inline const RealKernels<double>& real_kernels<double>() {
  return kernels().in_double;
}

}  // namespace elbow::kernels
