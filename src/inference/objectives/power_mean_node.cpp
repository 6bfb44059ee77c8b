#include "power_mean_node.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "elbow/kernels/vector_math.h"
#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "log_means.h"

namespace elbow {
namespace {

using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

/// K rows of B numbers.
struct Columns {
  std::int64_t num_particles, size;
};

/// The power mean of each column, and d of it / d log w_k: softmax_k(a log w).
/// @return false where a column has no finite weight
template <class Real>
bool power_means(Columns columns, const Real* log_weights, double order, Real* out, Real* shares) {
  const auto [K, B] = columns;
  std::vector<double> memory(static_cast<std::size_t>((K + 2) * B));
  double *const largest = memory.data(), *const total = largest + B, *const powers = total + B;
  std::fill_n(largest, B, -std::numeric_limits<double>::infinity());
  for (std::int64_t k = 0; k < K; ++k) {
    const Real* const in = log_weights + k * B;
    double* const scaled = powers + k * B;
#pragma omp simd
    for (std::int64_t b = 0; b < B; ++b) {
      scaled[b] = order * static_cast<double>(in[b]);
      largest[b] = scaled[b] <= largest[b] ? largest[b] : scaled[b];
    }
  }
  if (!std::all_of(largest, largest + B, [](double x) { return std::isfinite(x); })) return false;
  for (std::int64_t k = 0; k < K; ++k) {
    double* const scaled = powers + k * B;
#pragma omp simd
    for (std::int64_t b = 0; b < B; ++b) scaled[b] -= largest[b];
  }
  kernels::exp(powers, powers, K * B);
  for (std::int64_t k = 0; k < K; ++k) {
    const double* const power = powers + k * B;
#pragma omp simd
    for (std::int64_t b = 0; b < B; ++b) total[b] += power[b];
  }
  const double log_count = std::log(static_cast<double>(K));
  for (std::int64_t b = 0; b < B; ++b) {
    out[b] = static_cast<Real>((largest[b] + std::log(total[b]) - log_count) / order);
    total[b] = 1.0 / total[b];
  }
  for (std::int64_t k = 0; k < K; ++k) {
    const double* const power = powers + k * B;
    Real* const share = shares + k * B;
#pragma omp simd
    for (std::int64_t b = 0; b < B; ++b) share[b] = static_cast<Real>(power[b] * total[b]);
  }
  return true;
}

template <class Real>
bool mean_logs(Columns columns, const Real* log_weights, Real* out, Real* shares) {
  const auto [K, B] = columns;
  std::vector<double> memory(static_cast<std::size_t>(B), 0.0);
  double* const total = memory.data();
  const double share = 1.0 / static_cast<double>(K);
  for (std::int64_t k = 0; k < K; ++k) {
    const Real* const in = log_weights + k * B;
#pragma omp simd
    for (std::int64_t b = 0; b < B; ++b) total[b] += static_cast<double>(in[b]);
  }
  for (std::int64_t b = 0; b < B; ++b) out[b] = static_cast<Real>(total[b] * share);
  std::fill_n(shares, K * B, static_cast<Real>(share));
  return true;
}

template <class Real>
bool run(const Tensor& log_weights, double order, const Tensor& out, const Tensor& shares) {
  const Columns columns{log_weights.size(0), log_weights.size(1)};
  const Real* const in = log_weights.const_data_ptr<Real>();
  Real* const means = out.mutable_data_ptr<Real>();
  Real* const into = shares.mutable_data_ptr<Real>();
  return order == 0.0 ? mean_logs(columns, in, means, into)
                      : power_means(columns, in, order, means, into);
}

class PowerMeanBackward : public torch::autograd::Node {
 public:
  PowerMeanBackward(const Tensor& log_weights, Tensor shares, double order)
      : log_weights_(log_weights, /*is_output=*/false), shares_(std::move(shares)), order_(order) {
    add_next_edge(torch::autograd::impl::gradient_edge(log_weights));
  }
  std::string name() const override { return "PowerMeanBackward"; }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined()) return variable_list(1);
    if (!at::GradMode::is_enabled()) return {grads[0] * still_saved(shares_)};
    const Tensor scaled = log_weights_.unpack().to(at::kDouble) * order_;
    return {grads[0] * at::softmax(scaled, /*dim=*/0).to(grads[0].scalar_type())};
  }

  void release_variables() override {
    log_weights_.reset_data();
    shares_.reset();
  }

 private:
  SavedVariable log_weights_;
  Tensor shares_;
  double order_;
};

}  // namespace

Tensor fused_power_mean(const Tensor& log_weights, double order) {
  const bool loses_digits = order != 0.0 && std::abs(order) < kSmallOrder;
  if (!takes_own_loops(log_weights) || log_weights.dim() != 2 || !log_weights.is_contiguous() ||
      log_weights.numel() == 0 || loses_digits)
    return {};
  Tensor out, shares;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    out = at::empty({log_weights.size(1)}, log_weights.options());
    shares = at::empty_like(log_weights);
    const auto fused = log_weights.scalar_type() == at::kFloat ? &run<float> : &run<double>;
    if (!fused(log_weights, order, out, shares)) return {};
  }
  if (needs_graph(log_weights))
    torch::autograd::set_history(out,
                                 make_graph_node<PowerMeanBackward>(log_weights, shares, order));
  return out;
}

}  // namespace elbow
