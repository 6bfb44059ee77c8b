#include "log_means.h"

#include <ATen/ScalarOps.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/expm1.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "power_mean_node.h"

namespace elbow {
namespace {

Tensor logs_of(const Tensor& log_masses, const Tensor& log_weights) {
  if (log_masses.defined()) return log_masses.to(at::kDouble);
  return at::full_like(log_weights, -std::log(static_cast<double>(log_weights.size(0))));
}

Tensor by_exponentials(const Tensor& log_weights, const Tensor& log_masses, double order) {
  return at::logsumexp(log_weights * order + log_masses, /*dim=*/0) / order;
}

/// m + (1/a) log1p(sum_k m_k expm1(a (log w_k - m))), m the mean: exact as a goes to 0.
Tensor near_the_mean(const Tensor& log_weights, const Tensor& log_masses, double order) {
  const Tensor masses = log_masses.exp();
  const Tensor middle = (masses * log_weights).sum(0);
  // What is further away is the other formula's; its gradient must not be infinite here.
  const Tensor deviation = ((log_weights - middle) * order).clamp(-1.0, 1.0);
  return middle + (masses * deviation.expm1()).sum(0).log1p() / order;
}

}  // namespace

Tensor mean_log(const Tensor& log_weights, const Tensor& log_masses) {
  if (!log_masses.defined())
    if (Tensor out = fused_power_mean(log_weights, /*order=*/0.0); out.defined()) return out;
  const Tensor exact = log_weights.to(at::kDouble);
  const Tensor out =
      log_masses.defined() ? (log_masses.to(at::kDouble).exp() * exact).sum(0) : exact.mean(0);
  return out.to(log_weights.scalar_type());
}

Tensor log_power_mean(const Tensor& log_weights, const Tensor& log_masses, double order) {
  if (order == 0.0) return mean_log(log_weights, log_masses);
  if (!log_masses.defined())
    if (Tensor out = fused_power_mean(log_weights, order); out.defined()) return out;
  const Tensor exact = log_weights.to(at::kDouble);
  const Tensor masses = logs_of(log_masses, exact);
  Tensor out = by_exponentials(exact, masses, order);
  if (std::abs(order) < kSmallOrder) {
    const Tensor middle = (masses.exp() * exact).sum(0);
    const Tensor is_near = ((exact - middle) * order).abs().amax(0).lt(1.0);
    out = at::where(is_near, near_the_mean(exact, masses, order), out);
  }
  return out.to(log_weights.scalar_type());
}

WeightDerivatives power_mean_derivatives(const Tensor& log_weights, double order) {
  const Tensor exact = log_weights.detach().to(at::kDouble);
  const Tensor shares = at::softmax(exact * order, /*dim=*/0);
  return {shares.to(log_weights.scalar_type()),
          (shares * (1 - shares) * order).to(log_weights.scalar_type())};
}

Tensor in_groups(const Tensor& log_weights, std::int64_t count) {
  const std::int64_t particles = log_weights.size(0), batch = log_weights.size(1);
  if (particles % count != 0) return log_weights.reshape({1, particles * batch});
  return log_weights.reshape({particles / count, count * batch});
}

Tensor from_groups(const Tensor& grouped, const Tensor& log_weights) {
  return grouped.reshape(log_weights.sizes());
}

Parameter particles_parameter(std::int64_t otherwise, const std::string& help) {
  return Parameter::integer("num_particles", help).defaults(otherwise).at_least(1);
}

}  // namespace elbow
