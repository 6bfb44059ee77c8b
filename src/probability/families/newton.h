#pragma once

// Inverse maps from means to natural parameters: Newton steps on the logarithm of a positive
// unknown.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/digamma.h>
#include <ATen/ops/polygamma.h>
#include <ATen/ops/where.h>

#include <cmath>

namespace elbow {

/// x with digamma(x) = y, to float64 precision. Minka, "Estimating a Dirichlet distribution", 2000,
/// appendix C.
inline at::Tensor inverse_digamma(const at::Tensor& y) {
  constexpr double kMinusDigammaOfOne = 0.57721566490153286;
  at::Tensor x = at::where(y >= -2.22, y.exp() + 0.5, (y + kMinusDigammaOfOne).neg().reciprocal());
  for (int i = 0; i < 8; ++i) x = x - (at::digamma(x) - y) / at::polygamma(1, x);
  return x;
}

/// Root of a decreasing function of log x by Newton with the derivative in x; @param step (x) ->
/// f(x) / f'(x).
template <class Step>
at::Tensor newton_positive(at::Tensor x, int iterations, Step step) {
  for (int i = 0; i < iterations; ++i) {
    // A step that would leave the positive numbers becomes a halving, one that leaps a doubling: f
    // is monotone.
    const at::Tensor next = x - step(x);
    x = at::where(next > x * 0.5, at::where(next < x * 2.0, next, x * 2.0), x * 0.5);
  }
  return x;
}

}  // namespace elbow
