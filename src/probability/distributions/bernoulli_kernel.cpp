#include "bernoulli_kernel.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>

// Vectors of one fixed width are lowered by the compiler to whatever the machine has. Every lane
// does the same IEEE operations (-ffp-contract=off: no fused multiply-add), so all clones give the
// same bits.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define ELBOW_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ELBOW_CLONES
#endif
#pragma GCC diagnostic ignored "-Wpsabi"

namespace elbow {
namespace {

constexpr int kLanes = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef std::int32_t Ints __attribute__((vector_size(64)));
typedef float HalfFloats __attribute__((vector_size(32)));
typedef double Doubles __attribute__((vector_size(64)));

// Factors 1 + e lie in (1, 2]: the product of 960 stays below 2^960, within double's range.
constexpr std::int64_t kColumnsPerLogarithm = 960;

// e^t for t <= 0, to 1 ulp or so; below -87 the value of -87, which is nothing beside 1. NaN stays
// NaN.
[[gnu::always_inline]] inline void exp_nonpositive(const Floats& argument, Floats& out) {
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
  Ints bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const Ints exponent = (bits + 127) << 23;  // the low bits of `shifted` hold n
  Floats scale;
  std::memcpy(&scale, &exponent, sizeof scale);
  out = p * scale;
}

struct Sums {
  Floats linear;        // sum of x*l - max(l, 0)
  Doubles products[2];  // product of 1 + e^-|l|
};

// One group of lanes: softplus(l) = max(l, 0) + log(1 + e), e = e^-|l|; the logarithm is taken once
// per product, in double, where 1 + e keeps all that float has of e.
[[gnu::always_inline]] inline void accumulate(const Floats& l,
                                              const Floats& x,
                                              Sums& sums,
                                              Floats& gradient) {
  const Floats zero = {};
  const Floats minus_magnitude = l > zero ? -l : l;
  Floats e;
  exp_nonpositive(minus_magnitude, e);
  const Floats positive_part = l < zero ? zero : l;
  sums.linear += x * l - positive_part;
  HalfFloats halves[2];
  std::memcpy(halves, &e, sizeof e);
  sums.products[0] *= __builtin_convertvector(halves[0], Doubles) + 1.0;
  sums.products[1] *= __builtin_convertvector(halves[1], Doubles) + 1.0;
  const Floats reciprocal = 1.0f / (e + 1.0f);
  gradient = x - (l < zero ? e * reciprocal : reciprocal);
}

ELBOW_CLONES void block(const float* logits,
                        const float* value,
                        std::int64_t count,
                        float* gradient,
                        double& linear,
                        double& product) {
  Sums sums = {Floats{}, {Doubles{} + 1.0, Doubles{} + 1.0}};
  Floats l, x, g;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    std::memcpy(&l, logits + i, sizeof l);
    std::memcpy(&x, value + i, sizeof x);
    accumulate(l, x, sums, g);
    if (gradient) std::memcpy(gradient + i, &g, sizeof g);
  }
  if (i < count) {
    const std::size_t bytes = static_cast<std::size_t>(count - i) * sizeof(float);
    l = Floats{} - 1e4f;  // padding that adds nothing: x*l = 0, e below double's resolution of 1
    x = Floats{};
    std::memcpy(&l, logits + i, bytes);
    std::memcpy(&x, value + i, bytes);
    accumulate(l, x, sums, g);
    if (gradient) std::memcpy(gradient + i, &g, bytes);
  }
  const Doubles both = sums.products[0] * sums.products[1];
  for (int k = 0; k < kLanes; ++k) linear += static_cast<double>(sums.linear[k]);
  for (int k = 0; k < kLanes / 2; ++k) product *= both[k];
}

void one_row(const BernoulliRows& job, std::int64_t row) {
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
  const bool is_large = job.rows * job.cols >= kElementsWorthThreads && !omp_in_parallel();
#pragma omp parallel for schedule(static) if (is_large)
  for (std::int64_t row = 0; row < job.rows; ++row) one_row(job, row);
}

}  // namespace elbow
