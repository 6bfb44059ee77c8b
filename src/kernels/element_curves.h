#pragma once

#include "spline_curve.h"

// The element maps other than splines, and the choice among all; raw numbers are [num_parameters,
// lanes]. Formulas as in probability/transforms/element_bijector.cpp.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

template <class Real>
ELBOW_INLINE Image<Real> additive_image(const Real* raw, VecOf<Real> x, bool is_inverse) {
  const VecOf<Real> move = load_of<Real>(raw);
  return {is_inverse ? x - move : x + move, VecOf<Real>{}};
}

template <class Real>
ELBOW_INLINE VecOf<Real> additive_gradient(bool is_inverse, Image<Real> grad, Real* grad_raw) {
  store_of<Real>(grad_raw, is_inverse ? -grad.value : grad.value);
  return grad.value;
}

template <class Real>
ELBOW_INLINE Image<Real> affine_image(const ElementMap& map,
                                      const Real* raw,
                                      VecOf<Real> x,
                                      bool is_inverse) {
  const Real bound = static_cast<Real>(map.constant);
  const VecOf<Real> shift = load_of<Real>(raw);
  const VecOf<Real> log_scale = tanh_of<Real>(load_of<Real>(raw + kLanesOf<Real>) / bound) * bound;
  if (is_inverse) return {(x - shift) * exp_of<Real>(-log_scale), -log_scale};
  return {x * exp_of<Real>(log_scale) + shift, log_scale};
}

template <class Real>
ELBOW_INLINE VecOf<Real> affine_gradient(const ElementMap& map,
                                         const Real* raw,
                                         VecOf<Real> x,
                                         bool is_inverse,
                                         Image<Real> grad,
                                         Real* grad_raw) {
  const Real bound = static_cast<Real>(map.constant);
  const VecOf<Real> shift = load_of<Real>(raw);
  const VecOf<Real> share = tanh_of<Real>(load_of<Real>(raw + kLanesOf<Real>) / bound);
  const VecOf<Real> signed_scale = share * (is_inverse ? -bound : bound);
  const VecOf<Real> grad_x = grad.value * exp_of<Real>(signed_scale);
  const VecOf<Real> grad_log_scale = grad.log_slope + grad_x * (is_inverse ? x - shift : x);
  const VecOf<Real> grad_share = (Real(1) - share * share) * grad_log_scale;
  store_of<Real>(grad_raw, is_inverse ? -grad_x : grad.value);
  store_of<Real>(grad_raw + kLanesOf<Real>, is_inverse ? -grad_share : grad_share);
  return grad_x;
}

template <class Real>
ELBOW_INLINE Image<Real> gated_image(const ElementMap& map,
                                     const Real* raw,
                                     VecOf<Real> x,
                                     bool is_inverse) {
  const VecOf<Real> mean = load_of<Real>(raw);
  const VecOf<Real> logit = load_of<Real>(raw + kLanesOf<Real>) + static_cast<Real>(map.constant);
  const VecOf<Real> log_slope = -softplus_of<Real>(-logit);
  if (is_inverse) return {mean + (x - mean) * (exp_of<Real>(-logit) + Real(1)), -log_slope};
  return {mean + sigmoid_of<Real>(logit) * (x - mean), log_slope};
}

template <class Real>
ELBOW_INLINE VecOf<Real> gated_gradient(const ElementMap& map,
                                        const Real* raw,
                                        VecOf<Real> x,
                                        bool is_inverse,
                                        Image<Real> grad,
                                        Real* grad_raw) {
  const VecOf<Real> mean = load_of<Real>(raw);
  const VecOf<Real> logit = load_of<Real>(raw + kLanesOf<Real>) + static_cast<Real>(map.constant);
  const VecOf<Real> closed = sigmoid_of<Real>(-logit);
  VecOf<Real> grad_mean, grad_logit, grad_x;
  if (is_inverse) {
    const VecOf<Real> excess = exp_of<Real>(-logit);
    grad_x = grad.value * (excess + Real(1));
    grad_mean = -grad.value * excess;
    grad_logit = grad_mean * (x - mean) - grad.log_slope * closed;
  } else {
    const VecOf<Real> open = sigmoid_of<Real>(logit);
    grad_x = grad.value * open;
    grad_mean = grad.value * closed;
    grad_logit = (grad_x * (x - mean) + grad.log_slope) * closed;
  }
  store_of<Real>(grad_raw, grad_mean);
  store_of<Real>(grad_raw + kLanesOf<Real>, grad_logit);
  return grad_x;
}

template <class Real>
Image<Real> element_image(const ElementMap& map, const Real* raw, VecOf<Real> x, bool is_inverse) {
  switch (map.kind) {
    case ElementKind::kAdditive:
      return additive_image<Real>(raw, x, is_inverse);
    case ElementKind::kAffine:
      return affine_image<Real>(map, raw, x, is_inverse);
    case ElementKind::kGated:
      return gated_image<Real>(map, raw, x, is_inverse);
    case ElementKind::kSpline:
      return spline_image<Real>(map, raw, x, is_inverse);
  }
  return Image<Real>{x, VecOf<Real>{}};
}

/// @param grad with respect to value and log slope @param grad_raw [num_parameters, lanes] out
/// @return     the gradient with respect to x
template <class Real>
VecOf<Real> element_gradient(const ElementMap& map,
                             const Real* raw,
                             VecOf<Real> x,
                             bool is_inverse,
                             Image<Real> grad,
                             Real* grad_raw) {
  switch (map.kind) {
    case ElementKind::kAdditive:
      return additive_gradient<Real>(is_inverse, grad, grad_raw);
    case ElementKind::kAffine:
      return affine_gradient<Real>(map, raw, x, is_inverse, grad, grad_raw);
    case ElementKind::kGated:
      return gated_gradient<Real>(map, raw, x, is_inverse, grad, grad_raw);
    case ElementKind::kSpline:
      return spline_gradient<Real>(map, raw, x, is_inverse, grad, grad_raw);
  }
  return grad.value;
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
