#pragma once

#include <cstdint>

/// Elementwise functions of arrays of doubles, on one thread. `out` may be `x`; otherwise they must
/// not overlap. Not-a-numbers stay, and no floating-point exception flag is promised.
namespace elbow::kernels {

/// e^x, within 2 ulp. exp(-inf) is 0, above 709.78 inf; subnormal results are rounded once.
void exp(const double* x, double* out, std::int64_t count);

/// Natural logarithm, within 2 ulp. log(0) is -inf, of a negative number NaN.
void log(const double* x, double* out, std::int64_t count);

/// psi(x) = d/dx log Gamma(x) for x in [1e-300, 1e300], to 1e-14 * max(1, |psi(x)|), and to 2e-16
/// next to its root 1.4616.
///
/// psi(x) = psi(x + 10) - sum_{i<10} 1 / (x + i), then the asymptotic series. The terms i and 9 - i
/// have the denominator x (x + 9) + i (9 - i), so the sum is (2x + 9) Q'(w) / Q(w) with w = x (x +
/// 9) and Q of degree five: one division. Within 1/16 of the root a polynomial takes over.
/// Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 6.3.6 and 6.3.18.
void digamma(const double* x, double* out, std::int64_t count);

/// psi'(x) for x in [1e-150, 1e300], to 1e-14 relative (Abramowitz and Stegun, 6.4.6 and 6.4.12).
void trigamma(const double* x, double* out, std::int64_t count);

/// log Gamma(x) for x in [1e-300, 1e300], to 2e-14 * max(1, |log Gamma(x)|): not relative near its
/// zeros 1 and 2 (Abramowitz and Stegun, 6.1.15 and 6.1.41).
void lgamma(const double* x, double* out, std::int64_t count);

/// ln(1 + x), to 4 ulp however small x is. log1p(-1) is -inf, below NaN. As the three that follow,
/// for float and double.
template <class Real>
void log1p(const Real* x, Real* out, std::int64_t count);

/// To 5 ulp.
template <class Real>
void tanh(const Real* x, Real* out, std::int64_t count);

/// 1 / (1 + e^-x), to 4 ulp.
template <class Real>
void sigmoid(const Real* x, Real* out, std::int64_t count);

/// ln(1 + e^x), to 4 ulp.
template <class Real>
void softplus(const Real* x, Real* out, std::int64_t count);

/// e^x and ln(x) of float, within 2 ulp; subnormal numbers are taken for 0.
void exp(const float* x, float* out, std::int64_t count);
void log(const float* x, float* out, std::int64_t count);

}  // namespace elbow::kernels
