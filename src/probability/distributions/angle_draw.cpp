#include "angle_draw.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "bessel.h"
#include "elbow/probability/distributions/constant.h"
#include "gamma_draw.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::int64_t kAngleProposals = 26;
constexpr int kNodes = 48;

struct Quadrature {
  Constant nodes, weights;  // [kNodes] on (0, 1)
};

// Gauss-Legendre nodes by Newton's method on the Legendre polynomial.
Quadrature gauss_legendre() {
  std::vector<double> nodes(kNodes), weights(kNodes);
  for (int i = 0; i < kNodes; ++i) {
    double x = std::cos(kPi * (i + 0.75) / (kNodes + 0.5)), slope = 1;
    for (int iteration = 0; iteration < 8; ++iteration) {
      double before = 1, value = x;
      for (int n = 2; n <= kNodes; ++n) {
        const double next = ((2 * n - 1) * x * value - (n - 1) * before) / n;
        before = value;
        value = next;
      }
      slope = kNodes * (x * value - before) / (x * x - 1);
      x -= value / slope;
    }
    nodes[static_cast<std::size_t>(i)] = (1 + x) / 2;
    weights[static_cast<std::size_t>(i)] = 1 / ((1 - x * x) * slope * slope);
  }
  return {Constant(tensor_of(nodes, {kNodes})), Constant(tensor_of(weights, {kNodes}))};
}

struct ImplicitAngle : torch::autograd::Function<ImplicitAngle> {
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& log_kappa,
                        const Tensor& angle,
                        std::int64_t L) {
    context->save_for_backward({log_kappa, angle});
    context->saved_data["L"] = L;
    return angle.clone();
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor kappa = saved[0].to(at::kDouble).exp();
    const std::int64_t L = context->saved_data["L"].toInt();
    const Tensor slope = sphere_angle_slope(L, saved[1].to(at::kDouble), kappa) * kappa;
    return {outputs[0] * slope.to(outputs[0].scalar_type()), Tensor(), Tensor()};
  }
};

// Wood's proposals and their acceptance, in c = 1 - cos(angle), which keeps its digits where kappa
// is large. @param uniform [shape..., kAngleProposals, 3]
Tensor wood_draw(std::int64_t L, const Tensor& kappa_of_row, const Tensor& uniform) {
  const double n = static_cast<double>(L - 1);
  const Tensor kappa = kappa_of_row.unsqueeze(-1);
  const Tensor b = ((kappa.square() * 4 + n * n).sqrt() + kappa * 2).reciprocal() * n;
  // t, symmetric beta on (-1, 1): a coordinate of the uniform distribution on the sphere.
  const Tensor turn = (uniform.select(-1, 0) * (2 * kPi)).cos();
  const Tensor t =
      L == 2 ? turn : (-(uniform.select(-1, 1).log() * (2 / (n - 1))).expm1()).sqrt() * turn;
  const Tensor z = (t + 1) * 0.5;
  const Tensor c = b * z * 2 / (1 - (1 - b) * z);
  const Tensor c0 = b * 2 / (b + 1);  // 1 - x0
  const Tensor x0 = (1 - b) / (b + 1);
  const Tensor score = kappa * (c0 - c) + ((c0 + x0 * c) / (c0 * (2 - c0))).log() * n;
  const Tensor accepted = uniform.select(-1, 2).log().lt(score);
  const Tensor index = first_accepted(accepted);
  const Tensor chosen = at::where(accepted.gather(-1, index), c.gather(-1, index), c0);
  return (chosen.squeeze(-1) * 0.5).sqrt().clamp_max(1).asin() * 2;
}

}  // namespace

Tensor sphere_angle_slope(std::int64_t L, const Tensor& angle, const Tensor& kappa) {
  // Never destroyed: at the end of the process a device may be gone before its copies.
  static const Quadrature& rule = *new Quadrature(gauss_legendre());
  const double power = static_cast<double>(L - 2);
  const Tensor mean = bessel_ratio(power / 2, kappa);
  const Tensor is_near = angle.cos().gt(mean);
  // Towards the tail, so that the integrand has one sign; after nine deviations nothing is left.
  const Tensor reach = at::where(is_near, angle, kPi - angle);
  const Tensor length = at::minimum(reach, kappa.clamp_min(std::max(power, 1.0)).rsqrt() * 9);
  const Tensor step = (length * at::where(is_near, length * 0 - 1, length * 0 + 1)).unsqueeze(-1);
  const Tensor from = angle.unsqueeze(-1);
  const Tensor theta = from + step * rule.nodes.like(angle);
  // cos(theta) - cos(from) as a product, and the ratio of sines: both exact for near angles.
  const Tensor lift = ((theta + from) * 0.5).sin() * ((theta - from) * 0.5).sin() * -2;
  Tensor log_ratio = kappa.unsqueeze(-1) * lift;
  if (L > 2) log_ratio = log_ratio + (theta.sin() / from.sin()).log() * power;
  const Tensor integrand = log_ratio.exp() * (theta.cos() - mean.unsqueeze(-1)).abs();
  return -(integrand * rule.weights.like(angle)).sum(-1) * length;
}

Tensor sphere_angle_draw(std::int64_t L,
                         const Tensor& log_kappa,
                         const Shape& shape,
                         RandomSource& source) {
  const Tensor uniform =
      source.uniform(concatenate(shape, {kAngleProposals, 3}), log_kappa.options());
  // Not by `expand` to a shape, which a trace would freeze at its batch size.
  const Tensor wanted = log_kappa.expand_as(uniform.select(-1, 0).select(-1, 0));
  Tensor angle;
  {
    const at::NoGradGuard no_grad;
    angle = wood_draw(L, wanted.exp(), uniform);
  }
  return ImplicitAngle::apply(wanted, angle, L);
}

}  // namespace elbow
