#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/where.h>

namespace elbow {

/// log(1 - e^-d) by log d: finite however near 0 d is. Above d = e^5 it is 0 to every digit, and
/// its gradient would be 0 * inf.
inline at::Tensor log_one_minus_exp_of_minus(const at::Tensor& log_d) {
  const at::Tensor is_tiny = log_d.lt(-10);
  const at::Tensor d = log_d.masked_fill(is_tiny, 0.0).clamp_max(5.0).exp();
  const at::Tensor first_terms = log_d - log_d.clamp_max(0.0).exp() * 0.5;
  return at::where(is_tiny, first_terms, (-(-d).expm1()).log());
}

}  // namespace elbow
