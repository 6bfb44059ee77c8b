#include "elbow/probability/transforms/planar.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include "linear_algebra.h"

namespace elbow {
namespace {

/// How far w'u^ stays above -1: some hundred times the rounding of float32.
constexpr double kMargin = 1e-4;

/// The root of a + s tanh(a) = c for s > -1, without a gradient. It lies within |s| of c, and each
/// step halves that.
Tensor bisect(const Tensor& s, const Tensor& c) {
  const at::NoGradGuard no_grad;
  const int num_halvings = c.scalar_type() == at::kDouble ? 60 : 32;
  Tensor low = c - s.abs(), high = c + s.abs();
  for (int i = 0; i < num_halvings; ++i) {
    const Tensor middle = (low + high) * 0.5;
    const Tensor is_above = middle + s * middle.tanh() > c;
    high = at::where(is_above, middle, high);
    low = at::where(is_above, low, middle);
  }
  return (low + high) * 0.5;
}

/// The same root with its gradient: one Newton step from the root, whose derivative is that of the
/// implicit function theorem.
Tensor solve_fixed_point(const Tensor& s, const Tensor& c) {
  const Tensor root = bisect(s, c), bump = root.tanh();
  const Tensor slope = (s.detach() * (1 - bump.square()) + 1);
  return root + (c - root - s * bump) / slope;
}

}  // namespace

Planar::Planar(Tensor u, Tensor w, Tensor b, bool has_inverse)
    : u_(std::move(u)), w_(std::move(w)), b_(std::move(b)), has_inverse_(has_inverse) {
  TORCH_CHECK(u_.sizes() == w_.sizes() && b_.size(-1) == 1,
              "Planar: expected u and w of one shape [..., D] and b of [..., 1], got ",
              u_.sizes(),
              ", ",
              w_.sizes(),
              " and ",
              b_.sizes());
  const Tensor square = divisible_square(w_), direction = w_ / square;
  const Tensor w_u = dot_product(w_, u_);
  const Tensor m = at::softplus(w_u).clamp_min(kMargin) - 1;
  w_u_hat_ = at::where(dot_product(w_, w_) < 1e-30, w_u, m);
  // Twice: after one projection the rounding of a large u is left along w, and could undo the
  // bound.
  Tensor across = u_ - w_u * direction;
  across = across - dot_product(w_, across) * direction;
  u_hat_ = across + w_u_hat_ * direction;
}

std::pair<Tensor, Tensor> Planar::forward_and_log_det(const Tensor& x) const {
  const Tensor bump = (dot_product(w_, x) + b_).tanh();
  const Tensor slope = 1 - bump.square();
  return {x + u_hat_ * bump, (slope * w_u_hat_).log1p().squeeze(-1)};
}

std::pair<Tensor, Tensor> Planar::inverse_and_log_det(const Tensor& y) const {
  if (!has_inverse_) return Transform::inverse_and_log_det(y);
  const Tensor bump = solve_fixed_point(w_u_hat_, dot_product(w_, y) + b_).tanh();
  const Tensor slope = 1 - bump.square();
  return {y - u_hat_ * bump, -(slope * w_u_hat_).log1p().squeeze(-1)};
}

TransformPtr Planar::map_parameters(const ParameterMap& map) const {
  const Tensor u = map("u", u_), w = map("w", w_), b = map("b", b_);
  return std::make_shared<Planar>(u, w, b, has_inverse_);
}

}  // namespace elbow
