#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// What Stirling's formula leaves out: log Gamma(a) - ((a - 1/2) log a - a + log(2 pi) / 2), for
/// a > 0; near 1 / (12 a). Of log(x!) it is the same number at a = x.
///
/// Log masses of counts are written with it, since their large terms cancel exactly and what is
/// left has the size of the result (Loader, "Fast and accurate computation of binomial
/// probabilities", 2000).
at::Tensor stirling_error(const at::Tensor& a);

/// log(a / b), by log1p of the relative difference where a and b > 0 are near each other, and by
/// their logarithms where they are not: b may have underflowed then.
/// @param difference a - b, which the caller may know better than a and b
at::Tensor log_ratio(const at::Tensor& log_a,
                     const at::Tensor& log_b,
                     const at::Tensor& b,
                     const at::Tensor& difference);

}  // namespace elbow
