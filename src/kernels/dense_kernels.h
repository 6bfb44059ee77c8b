#pragma once

#include "elbow/kernels/dense.h"

namespace elbow::kernels {

/// Parts of a pass: rows of the forward one, columns of the backward one.
template <class Real>
struct DenseKernels {
  void (*forward)(const DenseForward<Real>&, std::int64_t first_row, std::int64_t end_row);
  void (*backward)(const DenseBackward<Real>&, std::int64_t first_col, std::int64_t end_col);
};

}  // namespace elbow::kernels
