#pragma once

#include "elbow/kernels/layer_stack.h"

namespace elbow::kernels {

/// Sizes of a stack's pass, in numbers unless said otherwise.
struct StackLayout {
  std::int64_t block_rows;    ///< rows that are worked on together
  std::int64_t num_ready;     ///< constrained parameters of a layer
  std::int64_t saved_ready;   ///< of `saved`: the constrained parameters of all shared layers
  std::int64_t saved_block;   ///< of `saved`: what a block keeps
  std::int64_t scratch_size;  ///< of a thread
  std::int64_t partial_size;  ///< sums of the gradients of shared parameters, of a run of blocks
};

/// Loops over a run of blocks, on one thread.
template <class Real>
struct StackKernels {
  StackLayout (*layout)(const StackShape& shape);
  /// Constrains shared parameters: the first part of `saved`.
  void (*prepare)(const StackForward<Real>& pass, Real* scratch);
  void (*forward)(const StackForward<Real>& pass,
                  std::int64_t first_block,
                  std::int64_t last_block,
                  Real* scratch);
  /// @param partial [partial_size], set to the sums over these blocks; unused where not shared
  void (*backward)(const StackBackward<Real>& pass,
                   std::int64_t first_block,
                   std::int64_t last_block,
                   Real* scratch,
                   Real* partial);
  /// The gradients of shared parameters from the sums over all rows.
  void (*finish)(const StackBackward<Real>& pass, const Real* sums, Real* scratch);
};

template <class Real>
struct FlowKernels {
  StackKernels<Real> planar;
  StackKernels<Real> radial;
  StackKernels<Real> householder;
  StackKernels<Real> sylvester;
};

}  // namespace elbow::kernels
