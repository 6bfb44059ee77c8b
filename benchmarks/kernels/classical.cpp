// Kernels of classical variational inference, in double precision.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "../classical.h"
#include "elbow/kernels/vector_math.h"
#include "kernel_benchmark.h"

namespace elbow::benchmark {
namespace {

constexpr std::int64_t kCount = 1 << 14;

/// A function of 16,384 numbers, on one thread: they stay in a cache, so that arithmetic limits it.
bool add_function(const char* name, void (*function)(const double*, double*, std::int64_t)) {
  return add_kernel(name, bytes(16.0 * kCount), [function] {
    std::vector<double> x(kCount), out(kCount);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1 + 9 * spread_number(i, kGolden);
    return [x, out, function]() mutable { function(x.data(), out.data(), kCount); };
  });
}

const bool kAdded[] = {
    add_function("vector_math/exp", kernels::exp),
    add_function("vector_math/log", kernels::log),
    add_function("vector_math/digamma", kernels::digamma),
    add_function("vector_math/trigamma", kernels::trigamma),
    add_function("vector_math/lgamma", kernels::lgamma),
    add_kernel(
        "lda/e_step_20_sweeps", flops64(lda_flops(Settings{})), [] { return lda_job(Settings{}); }),
    add_kernel("mixture/pass_200000x16_K32",
               flops64(mixture_flops(Settings{})),
               [] { return mixture_job(Settings{}); }),
};

}  // namespace
}  // namespace elbow::benchmark
