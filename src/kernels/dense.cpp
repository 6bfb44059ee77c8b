#include "elbow/kernels/dense.h"

#include <omp.h>

#include <algorithm>

#include "kernel_table.h"

namespace elbow::kernels {
namespace {

/// Below this many elements another thread costs more than it does.
constexpr std::int64_t kElementsWorthThreads = 16384;
/// Columns that one thread takes at once: whole vectors and whole lines of the cache.
constexpr std::int64_t kColumns = 64;

bool is_worth_threads(std::int64_t elements) {
  return elements >= kElementsWorthThreads && !omp_in_parallel();
}

}  // namespace

template <class Real>
void run_dense(const DenseForward<Real>& pass) {
  const auto part = real_kernels<Real>().dense.forward;
  constexpr std::int64_t kRows = 16;
  const std::int64_t parts = (pass.rows + kRows - 1) / kRows;
#pragma omp parallel for schedule(static) if (is_worth_threads(pass.rows * pass.cols))
  for (std::int64_t i = 0; i < parts; ++i)
    part(pass, i * kRows, std::min(pass.rows, (i + 1) * kRows));
}

template <class Real>
void run_dense(const DenseBackward<Real>& pass) {
  const auto part = real_kernels<Real>().dense.backward;
  const std::int64_t parts = (pass.cols + kColumns - 1) / kColumns;
#pragma omp parallel for schedule(static) if (is_worth_threads(pass.rows * pass.cols))
  for (std::int64_t i = 0; i < parts; ++i)
    part(pass, i * kColumns, std::min(pass.cols, (i + 1) * kColumns));
}

template void run_dense(const DenseForward<float>&);
template void run_dense(const DenseForward<double>&);
template void run_dense(const DenseBackward<float>&);
template void run_dense(const DenseBackward<double>&);

}  // namespace elbow::kernels
