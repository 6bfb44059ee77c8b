#include "topic_math.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <cmath>
#include <limits>

#include "elbow/kernels/vector_math.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

Tensor mapped(void (*function)(const double*, double*, std::int64_t), const Tensor& values) {
  const Tensor in = values.contiguous();
  Tensor out = at::empty_like(in);
  const double* const from = in.const_data_ptr<double>();
  double* const to = out.mutable_data_ptr<double>();
  at::parallel_for(0, in.numel(), 8192, [&](std::int64_t begin, std::int64_t end) {
    function(from + begin, to + begin, end - begin);
  });
  return out;
}

Tensor row_sums(const Tensor& values) {
  Tensor out = at::empty({values.size(0)}, at::kDouble);
  double* const sums = out.mutable_data_ptr<double>();
  for (std::int64_t r = 0; r < values.size(0); ++r) sums[r] = fixed_sum(values.select(0, r));
  return out;
}

Tensor expected_log(const Tensor& concentration) {
  return mapped(kernels::digamma, concentration) -
         mapped(kernels::digamma, row_sums(concentration)).unsqueeze(-1);
}

double weighted_sum(const Tensor& weight, const Tensor& value) {
  const Tensor weights = weight.contiguous(), values = value.expand_as(weight).contiguous();
  Tensor products = at::empty_like(weights);
  const double *const w = weights.const_data_ptr<double>(), *const v =
                                                                values.const_data_ptr<double>();
  double* const out = products.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < weights.numel(); ++i) out[i] = w[i] == 0 ? 0.0 : w[i] * v[i];
  return fixed_sum(products);
}

double symmetric_log_normaliser(double concentration, double size) {
  return std::lgamma(size * concentration) - size * std::lgamma(concentration);
}

double symmetric_concentration(double mean_log, double size, double start) {
  if (size < 2) return start;
  double low = 0, high = std::numeric_limits<double>::infinity(), a = start;
  for (int i = 0; i < 200; ++i) {
    const double at[] = {size * a, a};
    double first[2], second[2];
    kernels::digamma(at, first, 2);
    kernels::trigamma(at, second, 2);
    const double value = first[0] - first[1] + mean_log;
    (value > 0 ? low : high) = a;
    double next = a - value / (size * second[0] - second[1]);
    if (!(next > low && next < high))
      next = std::isinf(high) ? 2 * a : low > 0 ? std::sqrt(low * high) : a / 2;
    const bool is_done = std::abs(next - a) <= 1e-15 * a;
    a = next;
    if (is_done) break;
  }
  return a;
}

namespace {

/// log Gamma(sum a) - sum_k log Gamma(a_k) + sum_k a_k mean_log_k
double likelihood(const Tensor& a, const Tensor& mean_log) {
  return std::lgamma(fixed_sum(a)) - fixed_sum(mapped(kernels::lgamma, a)) +
         fixed_sum(a * mean_log);
}

/// What Newton's method subtracts: the Hessian is diagonal plus one of rank one.
Tensor newton_step(const Tensor& a, const Tensor& mean_log) {
  const double total = fixed_sum(a);
  double psi, curvature;
  kernels::digamma(&total, &psi, 1);
  kernels::trigamma(&total, &curvature, 1);
  const Tensor gradient = mean_log - mapped(kernels::digamma, a) + psi;
  const Tensor inverse = mapped(kernels::trigamma, a).reciprocal();
  const double shared = fixed_sum(gradient * inverse) / (fixed_sum(inverse) - 1.0 / curvature);
  return (shared - gradient) * inverse;
}

}  // namespace

Tensor asymmetric_concentration(const Tensor& mean_log, const Tensor& start) {
  if (mean_log.size(0) < 2) return start;
  constexpr double kQuadratic = 1e-4, kDone = 1e-14, kShortest = 1e-12;
  Tensor a = start;
  for (int i = 0; i < 200; ++i) {
    const Tensor step = newton_step(a, mean_log);
    const double relative = (step / a).abs().max().item<double>();
    double length = 1;
    // Near the maximum the values differ by less than they round: whole steps are right there.
    while (relative > kQuadratic && length > kShortest) {
      const Tensor next = a - length * step;
      if (next.gt(0).all().item<bool>() && likelihood(next, mean_log) > likelihood(a, mean_log))
        break;
      length /= 2;
    }
    if (length <= kShortest) break;
    a = a - length * step;
    if (relative <= kDone) break;
  }
  return a;
}

}  // namespace elbow
