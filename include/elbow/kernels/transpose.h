#pragma once

#include <cstdint>

namespace elbow::kernels {

/// to = from'. @param from [rows, cols] @param to [cols, rows], elsewhere
template <class Real>
struct Transpose {
  std::int64_t rows, cols;
  const Real* from;
  Real* to;
};

/// On as many threads as OpenMP gives, where the work is worth it. The same bits for any number.
template <class Real>
void run_transpose(const Transpose<Real>& pass);

}  // namespace elbow::kernels
