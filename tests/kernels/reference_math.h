#pragma once

#include <cmath>

namespace elbow::kernels::reference {

/// psi(x) in long double: recurrence to 40, then the asymptotic series, whose next term is below
/// 1e-22.
inline long double digamma(long double x) {
  long double sum = 0.0L;
  for (; x < 40.0L; x += 1.0L) sum -= 1.0L / x;
  const long double u = 1.0L / (x * x);
  const long double series =
      u * (1.0L / 12 -
           u * (1.0L / 120 -
                u * (1.0L / 252 - u * (1.0L / 240 - u * (1.0L / 132 - u * 691.0L / 32760)))));
  return sum + std::log(x) - 0.5L / x - series;
}

/// psi'(x), in the same way.
inline long double trigamma(long double x) {
  long double sum = 0.0L;
  for (; x < 40.0L; x += 1.0L) sum += 1.0L / (x * x);
  const long double u = 1.0L / (x * x);
  const long double series =
      u *
      (1.0L / 6 -
       u * (1.0L / 30 - u * (1.0L / 42 - u * (1.0L / 30 - u * (5.0L / 66 - u * 691.0L / 2730)))));
  return sum + (1.0L + 0.5L / x + series) / x;
}

}  // namespace elbow::kernels::reference
