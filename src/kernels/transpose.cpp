#include "elbow/kernels/transpose.h"

#include <omp.h>

#include <algorithm>

#include "kernel_table.h"

namespace elbow::kernels {

template <class Real>
void run_transpose(const Transpose<Real>& pass) {
  // Whole lines of the cache, of either matrix.
  constexpr std::int64_t kColumns = 64, kElementsWorthThreads = 32768;
  const auto part = real_kernels<Real>().transpose;
  const std::int64_t parts = (pass.cols + kColumns - 1) / kColumns;
  const bool is_worth_threads =
      pass.rows * pass.cols >= kElementsWorthThreads && !omp_in_parallel();
#pragma omp parallel for schedule(static) if (is_worth_threads)
  for (std::int64_t i = 0; i < parts; ++i)
    part(pass, i * kColumns, std::min(pass.cols, (i + 1) * kColumns));
}

template void run_transpose(const Transpose<float>&);
template void run_transpose(const Transpose<double>&);

}  // namespace elbow::kernels
