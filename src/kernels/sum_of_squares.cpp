#include "elbow/kernels/sum_of_squares.h"

#include <omp.h>

#include <algorithm>
#include <vector>

#include "kernel_table.h"

namespace elbow::kernels {

template <class Real>
double sum_of_squares(const Real* x, std::int64_t count) {
  constexpr std::int64_t kBlock = 16384;
  const auto of_block = real_kernels<Real>().sum_of_squares;
  if (count <= kBlock) return of_block(x, count);
  const std::int64_t num_blocks = (count + kBlock - 1) / kBlock;
  std::vector<double> sums(static_cast<std::size_t>(num_blocks));
  const bool is_large = count >= 8 * kBlock && !omp_in_parallel();
#pragma omp parallel for schedule(static) if (is_large)
  for (std::int64_t i = 0; i < num_blocks; ++i)
    sums[static_cast<std::size_t>(i)] =
        of_block(x + i * kBlock, std::min(kBlock, count - i * kBlock));
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

template double sum_of_squares(const float*, std::int64_t);
template double sum_of_squares(const double*, std::int64_t);

}  // namespace elbow::kernels
