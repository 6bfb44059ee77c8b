#pragma once

#include <ATen/core/Tensor.h>

namespace elbow::programs {

using at::Tensor;

/// log P(a, x) and log Q(a, x), regularised incomplete gamma functions, for a > 0 and x >= 0.
/// Differentiable once in a, where LibTorch's are not, and in log_x, which must belong to x; a
/// second derivative throws.
/// Series and continued fraction, of about sqrt(a) terms near x = a: DLMF 8.11.4 and 8.9.2.
Tensor log_gamma_lower(const Tensor& a, const Tensor& x, const Tensor& log_x);
Tensor log_gamma_upper(const Tensor& a, const Tensor& x, const Tensor& log_x);

/// log I_p(a, b), the regularised incomplete beta function, with q = 1 - p, which the caller knows
/// without cancellation. Differentiable once in a, b and p, as if q followed from p.
/// Continued fraction of about sqrt(max(a, b)) terms: Didonato, Morris, 1992.
Tensor log_beta_lower(const Tensor& a, const Tensor& b, const Tensor& p, const Tensor& q);

/// log distribution function of Student's t at z. Differentiable once in both.
Tensor log_student_lower(const Tensor& z, const Tensor& nu);

}  // namespace elbow::programs
