#include "elbow/probability/transforms/radial.h"

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include "linear_algebra.h"

namespace elbow {
namespace {

/// How far alpha + beta^ stays above 0, in units of alpha: some hundred times float32's rounding.
constexpr double kRadialMargin = 1e-4;

// Its gradient at 0 is 0, where that of sqrt would be NaN.
Tensor length(const Tensor& x) {
  return at::linalg_vector_norm(x, /*ord=*/2, at::IntArrayRef{-1}, /*keepdim=*/true);
}

}  // namespace

Radial::Radial(Tensor center, Tensor log_alpha, Tensor beta)
    : center_(std::move(center)), log_alpha_(std::move(log_alpha)), beta_(std::move(beta)) {
  TORCH_CHECK(log_alpha_.size(-1) == 1 && beta_.size(-1) == 1,
              "Radial: expected log_alpha and beta of shape [..., 1], got ",
              log_alpha_.sizes(),
              " and ",
              beta_.sizes());
  alpha_ = log_alpha_.exp();
  beta_hat_ = at::maximum(at::softplus(beta_), alpha_ * kRadialMargin) - alpha_;
}

Tensor Radial::log_det(const Tensor& r, std::int64_t size) const {
  const Tensor h = 1 / (alpha_ + r);
  // Across the radius 1 + beta h, D - 1 times; along it 1 + beta h + beta h' r.
  const Tensor across = (beta_hat_ * h).log1p() * static_cast<double>(size - 1);
  return (across + (beta_hat_ * alpha_ * h.square()).log1p()).squeeze(-1);
}

std::pair<Tensor, Tensor> Radial::forward_and_log_det(const Tensor& x) const {
  const Tensor difference = x - center_, r = length(difference);
  return {x + beta_hat_ / (alpha_ + r) * difference, log_det(r, x.size(-1))};
}

std::pair<Tensor, Tensor> Radial::inverse_and_log_det(const Tensor& y) const {
  const Tensor difference = y - center_, image = length(difference);
  // r^2 + (alpha + beta - |y - x0|) r - alpha |y - x0| = 0; the positive root without cancellation.
  const Tensor half = alpha_ + beta_hat_ - image, product = alpha_ * image;
  const Tensor sum = half.abs() + (half.square() + product * 4).sqrt();
  const Tensor r = at::where(half > 0, product * 2 / sum, sum * 0.5);
  return {center_ + difference / (beta_hat_ / (alpha_ + r) + 1), -log_det(r, y.size(-1))};
}

TransformPtr Radial::map_parameters(const ParameterMap& map) const {
  const Tensor center = map("center", center_), log_alpha = map("log_alpha", log_alpha_);
  return std::make_shared<Radial>(center, log_alpha, map("beta", beta_));
}

}  // namespace elbow
