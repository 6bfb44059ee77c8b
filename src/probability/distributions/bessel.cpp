#include "bessel.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <vector>

#include "elbow/foundations/core/constants.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

using Polynomial = std::vector<double>;

constexpr double kLeastOrder = 32;
// From order 32 on the tenth term is below 1e-15.
constexpr int kDebyeTerms = 9;

// u_(k+1)(p) = p^2 (1 - p^2) u_k'(p) / 2 + (integral from 0 to p of (1 - 5 t^2) u_k(t)) / 8,
// DLMF 10.41.9.
Polynomial next_debye(const Polynomial& u) {
  Polynomial out(u.size() + 3, 0.0);
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double power = static_cast<double>(i);
    out[i + 1] += u[i] * (power / 2 + 1 / (8 * (power + 1)));
    out[i + 3] -= u[i] * (power / 2 + 5 / (8 * (power + 3)));
  }
  return out;
}

// Sum over k of u_k(p) / order^k, as one polynomial in p.
Polynomial debye_sum(double order) {
  Polynomial u = {1.0}, sum(3 * kDebyeTerms + 1, 0.0);
  double scale = 1;
  for (int k = 0; k <= kDebyeTerms; ++k, u = next_debye(u), scale /= order)
    for (std::size_t i = 0; i < u.size(); ++i) sum[i] += u[i] * scale;
  return sum;
}

// log_bessel_kernel at a large order. With w = sqrt(order^2 + kappa^2):
// w - kappa - order log(order + w) - log(2 pi w) / 2 + log(sum of u_k(order / w) / order^k).
Tensor debye_kernel(double order, const Tensor& kappa) {
  const Tensor w = (kappa.square() + order * order).sqrt();
  const Tensor p = w.reciprocal() * order;
  const Polynomial coefficients = debye_sum(order);
  Tensor sum = p * 0;
  for (std::size_t i = coefficients.size(); i-- > 0;) sum = sum * p + coefficients[i];
  // w - kappa without its cancellation.
  return (w + kappa).reciprocal() * (order * order) - (w + order).log() * order - w.log() * 0.5 +
         sum.log() - kHalfLog2Pi;
}

struct BesselValues {
  Tensor kernel;    // log(kappa^-order I_order) - kappa
  Tensor quotient;  // I_(order+1) / (kappa I_order), finite at 0
};

BesselValues bessel_values(double order, const Tensor& kappa) {
  const int steps = static_cast<int>(std::max(0.0, std::ceil(kLeastOrder - order)));
  const double top = order + steps;
  Tensor kernel = debye_kernel(top, kappa);
  Tensor quotient = (debye_kernel(top + 1, kappa) - kernel).exp();
  const Tensor square = kappa.square();
  // I_(n-1) = I_(n+1) + (2n / kappa) I_n, so s_(n-1) = 1 / (kappa^2 s_n + 2n).
  for (int i = 0; i < steps; ++i) {
    const double n = top - i;
    quotient = (square * quotient + 2 * n).reciprocal();
    kernel = kernel - quotient.log();
  }
  return {kernel, quotient};
}

struct BesselRatio : torch::autograd::Function<BesselRatio> {
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& kappa,
                        double order) {
    context->save_for_backward({kappa});
    context->saved_data["order"] = order;
    return bessel_values(order, kappa).quotient * kappa;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list outputs) {
    const Tensor kappa = context->get_saved_variables()[0];
    const double order = context->saved_data["order"].toDouble();
    const Tensor ratio = bessel_ratio(order, kappa);
    const Tensor slope = 1 - ratio.square() - ratio / kappa * (2 * order + 1);
    return {outputs[0] * slope, Tensor()};
  }
};

struct LogBesselKernel : torch::autograd::Function<LogBesselKernel> {
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& kappa,
                        double order) {
    context->save_for_backward({kappa});
    context->saved_data["order"] = order;
    return bessel_values(order, kappa).kernel;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list outputs) {
    const Tensor kappa = context->get_saved_variables()[0];
    const double order = context->saved_data["order"].toDouble();
    return {outputs[0] * (bessel_ratio(order, kappa) - 1), Tensor()};
  }
};

}  // namespace

Tensor log_bessel_kernel(double order, const Tensor& kappa) {
  return LogBesselKernel::apply(kappa, order);
}

Tensor bessel_ratio(double order, const Tensor& kappa) { return BesselRatio::apply(kappa, order); }

}  // namespace elbow
