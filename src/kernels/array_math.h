#pragma once

#include "kernel_table.h"
#include "simd_functions.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

template <typename Function>
ELBOW_INLINE void for_each_vector(const double* x,
                                  double* out,
                                  std::int64_t count,
                                  Function function) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(out + i, function(load(x + i)));
  if (i < count) store_partial(out + i, function(load_partial(x + i, count - i, 1.0)), count - i);
}

struct ExpOf {
  ELBOW_INLINE Vec operator()(Vec x) const { return exp(x); }
};
struct LogOf {
  ELBOW_INLINE Vec operator()(Vec x) const { return log(x); }
};
struct DigammaOf {
  ELBOW_INLINE Vec operator()(Vec x) const { return digamma_at_root(x, digamma(x)); }
};
struct TrigammaOf {
  ELBOW_INLINE Vec operator()(Vec x) const { return trigamma(x); }
};
struct LgammaOf {
  ELBOW_INLINE Vec operator()(Vec x) const { return lgamma(x); }
};

template <typename Function>
void map_array(const double* x, double* out, std::int64_t count) {
  for_each_vector(x, out, count, Function{});
}

/// out = function(x), vector by vector.
template <class Real, VecOf<Real> (*kFunction)(VecOf<Real>)>
void map_real(const Real* x, Real* out, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kLanesOf<Real> <= count; i += kLanesOf<Real>)
    store_of<Real>(out + i, kFunction(load_of<Real>(x + i)));
  if (i < count)
    store_partial_of<Real>(
        out + i, kFunction(load_partial_of<Real>(x + i, count - i, Real(1))), count - i);
}

template <class Real>
constexpr MathKernels<Real> kMath{&map_real<Real, &exp_of<Real>>,
                                  &map_real<Real, &log_of<Real>>,
                                  &map_real<Real, &log1p_of<Real>>,
                                  &map_real<Real, &tanh_of<Real>>,
                                  &map_real<Real, &sigmoid_of<Real>>,
                                  &map_real<Real, &softplus_of<Real>>};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
