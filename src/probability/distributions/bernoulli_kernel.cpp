#include "bernoulli_kernel.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>

// Lanes are worked on sixteen at a time, in vectors as long as a register of the processor: longer
// ones the compiler takes apart through memory, five times slower. Every lane does the same IEEE
// operations (-ffp-contract=off: no fused multiply-add), so all widths give the same bits.
#if defined(__x86_64__)
#define ELBOW_WIDE_VECTORS
#endif
#pragma GCC diagnostic ignored "-Wpsabi"

namespace elbow {
namespace {

constexpr int kLanes = 16;

/// Vectors of `width` floats, and of as many bytes.
template <int width>
struct Vectors {
  static constexpr int kBytes = 4 * width;
  typedef float Floats __attribute__((vector_size(kBytes)));
  typedef std::int32_t Ints __attribute__((vector_size(kBytes)));
  typedef float HalfFloats __attribute__((vector_size(kBytes / 2)));
  typedef double Doubles __attribute__((vector_size(kBytes)));
};

// Factors 1 + e lie in (1, 2]: the product of 960 stays below 2^960, within double's range.
constexpr std::int64_t kColumnsPerLogarithm = 960;

// e^t for t <= 0, to 1 ulp or so; below -87 the value of -87, which is nothing beside 1. NaN stays
// NaN.
template <int width>
[[gnu::always_inline]] inline void exp_nonpositive(const typename Vectors<width>::Floats& argument,
                                                   typename Vectors<width>::Floats& out) {
  using Floats = typename Vectors<width>::Floats;
  using Ints = typename Vectors<width>::Ints;
  const Floats floor = Floats{} - 87.0f;
  const Floats t = argument < floor ? floor : argument;
  const Floats magic = Floats{} + 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const Floats shifted = t * 1.44269504088896341f + magic;
  const Floats n = shifted - magic;
  // ln 2 in two parts, the first exact in 9 bits, so that n * part has no rounding error.
  Floats r = t - n * 0.693359375f;
  r = r + n * 2.12194440054690583e-4f;
  // Taylor to degree 7 on |r| <= ln(2)/2: the remainder is 5e-9.
  Floats p = Floats{} + 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  const Ints bits = reinterpret_cast<Ints>(shifted);
  const Ints exponent = (bits + 127) << 23;  // the low bits of `shifted` hold n
  out = p * reinterpret_cast<Floats>(exponent);
}

template <int width>
struct Sums {
  typename Vectors<width>::Floats linear;        // sum of x*l - max(l, 0)
  typename Vectors<width>::Doubles products[2];  // product of 1 + e^-|l|
};

// One vector of lanes: softplus(l) = max(l, 0) + log(1 + e), e = e^-|l|; the logarithm is taken
// once per product, in double, where 1 + e keeps all that float has of e.
template <int width>
[[gnu::always_inline]] inline void accumulate(const float* logits,
                                              const float* value,
                                              Sums<width>& sums,
                                              float* gradient) {
  using Floats = typename Vectors<width>::Floats;
  using HalfFloats = typename Vectors<width>::HalfFloats;
  using Doubles = typename Vectors<width>::Doubles;
  Floats l, x, e;
  std::memcpy(&l, logits, sizeof l);
  std::memcpy(&x, value, sizeof x);
  const Floats zero = {};
  const Floats minus_magnitude = l > zero ? -l : l;
  exp_nonpositive<width>(minus_magnitude, e);
  const Floats positive_part = l < zero ? zero : l;
  sums.linear += x * l - positive_part;
  HalfFloats halves[2];
  std::memcpy(halves, &e, sizeof e);
  sums.products[0] *= __builtin_convertvector(halves[0], Doubles) + 1.0;
  sums.products[1] *= __builtin_convertvector(halves[1], Doubles) + 1.0;
  if (!gradient) return;
  const Floats reciprocal = 1.0f / (e + 1.0f);
  const Floats g = x - (l < zero ? e * reciprocal : reciprocal);
  std::memcpy(gradient, &g, sizeof g);
}

template <int width>
[[gnu::always_inline]] inline void accumulate_lanes(const float* logits,
                                                    const float* value,
                                                    Sums<width>* sums,
                                                    float* gradient) {
  for (int v = 0; v < kLanes / width; ++v)
    accumulate<width>(
        logits + v * width, value + v * width, sums[v], gradient ? gradient + v * width : nullptr);
}

template <int width>
[[gnu::always_inline]] inline void block_of(const float* logits,
                                            const float* value,
                                            std::int64_t count,
                                            float* gradient,
                                            double& linear,
                                            double& product) {
  Sums<width> sums[kLanes / width];
  for (auto& sum : sums) {
    sum.linear = typename Vectors<width>::Floats{};
    for (auto& factor : sum.products) factor = typename Vectors<width>::Doubles{} + 1.0;
  }
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    accumulate_lanes<width>(logits + i, value + i, sums, gradient ? gradient + i : nullptr);
  if (i < count) {
    const std::size_t bytes = static_cast<std::size_t>(count - i) * sizeof(float);
    float l[kLanes], x[kLanes] = {}, g[kLanes];
    // Padding that adds nothing: x*l = 0, e below double's resolution of 1.
    std::fill_n(l, kLanes, -1e4f);
    std::memcpy(l, logits + i, bytes);
    std::memcpy(x, value + i, bytes);
    accumulate_lanes<width>(l, x, sums, g);
    if (gradient) std::memcpy(gradient + i, g, bytes);
  }
  double factors[kLanes];
  for (int v = 0; v < kLanes / width; ++v) {
    std::memcpy(factors + v * width, sums[v].products, width * sizeof(double));
    for (int k = 0; k < width; ++k) linear += static_cast<double>(sums[v].linear[k]);
  }
  for (int k = 0; k < kLanes / 2; ++k) product *= factors[k] * factors[k + kLanes / 2];
}

using Block = void (*)(const float*, const float*, std::int64_t, float*, double&, double&);

void block_4(const float* logits,
             const float* value,
             std::int64_t count,
             float* gradient,
             double& linear,
             double& product) {
  block_of<4>(logits, value, count, gradient, linear, product);
}
#if defined(ELBOW_WIDE_VECTORS)
__attribute__((target("avx2"))) void block_8(const float* logits,
                                             const float* value,
                                             std::int64_t count,
                                             float* gradient,
                                             double& linear,
                                             double& product) {
  block_of<8>(logits, value, count, gradient, linear, product);
}
__attribute__((target("avx512f"))) void block_16(const float* logits,
                                                 const float* value,
                                                 std::int64_t count,
                                                 float* gradient,
                                                 double& linear,
                                                 double& product) {
  block_of<16>(logits, value, count, gradient, linear, product);
}
#endif

Block best_block() {
#if defined(ELBOW_WIDE_VECTORS)
  if (__builtin_cpu_supports("avx512f")) return block_16;
  if (__builtin_cpu_supports("avx2")) return block_8;
#endif
  return block_4;
}

void one_row(const BernoulliRows& job, std::int64_t row, Block block) {
  const float* logits = job.logits + row * job.cols;
  const float* value = job.value + (row % job.value_rows) * job.cols;
  float* gradient = job.gradient ? job.gradient + row * job.cols : nullptr;
  double total = 0;
  for (std::int64_t start = 0; start < job.cols; start += kColumnsPerLogarithm) {
    const std::int64_t count = std::min(kColumnsPerLogarithm, job.cols - start);
    double linear = 0, product = 1;
    block(logits + start,
          value + start,
          count,
          gradient ? gradient + start : nullptr,
          linear,
          product);
    total += linear - std::log(product);
  }
  job.log_prob[row] = static_cast<float>(total);
}

}  // namespace

void bernoulli_log_prob_rows(const BernoulliRows& job) {
  // A row belongs to one thread whole, so the partition cannot change a sum.
  constexpr std::int64_t kElementsWorthThreads = 16384;
  static const Block block = best_block();
  const bool is_large = job.rows * job.cols >= kElementsWorthThreads && !omp_in_parallel();
#pragma omp parallel for schedule(static) if (is_large)
  for (std::int64_t row = 0; row < job.rows; ++row) one_row(job, row, block);
}

}  // namespace elbow
