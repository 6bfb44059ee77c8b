#include "normal_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <vector>

#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {
namespace {

using torch::autograd::variable_list;

/// What lies within the limits, bounds included, passes.
template <class Real>
void write_head_gradient(const Tensor& flat,
                         const Tensor& grad_loc,
                         const Tensor& grad_log_scale,
                         std::pair<double, double> limits,
                         const Tensor& out) {
  const std::int64_t L = grad_loc.size(-1), rows = grad_loc.numel() / L;
  const auto low = static_cast<Real>(limits.first), high = static_cast<Real>(limits.second);
  const Real *const numbers = flat.const_data_ptr<Real>(),
                    *const locs = grad_loc.const_data_ptr<Real>(),
                    *const log_scales = grad_log_scale.const_data_ptr<Real>();
  Real* const gradients = out.mutable_data_ptr<Real>();
  for (std::int64_t r = 0; r < rows; ++r) {
    const Real *const l = numbers + (2 * r + 1) * L, *const of_loc = locs + r * L,
                      *const of_log_scale = log_scales + r * L;
    Real* const into = gradients + 2 * r * L;
    for (std::int64_t i = 0; i < L; ++i) {
      into[i] = of_loc[i];
      into[L + i] = l[i] >= low && l[i] <= high ? of_log_scale[i] : Real(0);
    }
  }
}

Tensor half_of(const Tensor& flat, std::int64_t half) {
  const std::int64_t size = flat.size(-1) / 2;
  return flat.narrow(-1, half * size, size);
}

class NormalHeadBackward : public torch::autograd::Node {
 public:
  NormalHeadBackward(const Tensor& flat, std::pair<double, double> limits)
      : flat_(flat, /*is_output=*/false), limits_(limits) {
    set_next_edges(torch::autograd::collect_next_edges(flat));
  }
  std::string name() const override { return "NormalHeadBackward"; }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined() && !grads[1].defined()) return variable_list(1);
    const Tensor flat = flat_.unpack();
    for (Tensor& grad : grads)
      if (!grad.defined()) grad = at::zeros_like(half_of(flat, 0));
    if (at::GradMode::is_enabled()) {
      const Tensor log_scale = half_of(flat.detach(), 1);
      const Tensor is_within =
          log_scale.ge(limits_.first).logical_and_(log_scale.le(limits_.second));
      return {at::cat({grads[0], grads[1] * is_within.to(grads[1].scalar_type())}, -1)};
    }
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor whole = flat.contiguous(), out = at::empty_like(whole);
    const auto write = flat.scalar_type() == at::kFloat ? &write_head_gradient<float>
                                                        : &write_head_gradient<double>;
    write(whole, grads[0].contiguous(), grads[1].contiguous(), limits_, out);
    return {out};
  }

  void release_variables() override { flat_.reset_data(); }

 private:
  torch::autograd::SavedVariable flat_;
  std::pair<double, double> limits_;
};

template <class Real>
void write_halves(const Tensor& flat,
                  std::pair<double, double> limits,
                  const Tensor& loc,
                  const Tensor& log_scale) {
  const std::int64_t L = loc.size(-1), rows = loc.numel() / L;
  const auto low = static_cast<Real>(limits.first), high = static_cast<Real>(limits.second);
  const Real* in = flat.const_data_ptr<Real>();
  Real *locs = loc.mutable_data_ptr<Real>(), *log_scales = log_scale.mutable_data_ptr<Real>();
  for (std::int64_t r = 0; r < rows; ++r, in += 2 * L, locs += L, log_scales += L) {
    std::copy_n(in, L, locs);
    // A NaN stays one.
    for (std::int64_t i = 0; i < L; ++i) {
      const Real x = in[L + i];
      log_scales[i] = x < low ? low : x > high ? high : x;
    }
  }
}

}  // namespace

std::pair<Tensor, Tensor> normal_head(const Tensor& flat, double low, double high) {
  if (!takes_own_loops(flat) || !needs_graph(flat) || flat.numel() == 0)
    return {half_of(flat, 0), half_of(flat, 1).clamp(low, high)};
  Tensor loc, log_scale;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor whole = flat.contiguous();
    std::vector<std::int64_t> shape = flat.sizes().vec();
    shape.back() /= 2;
    loc = at::empty(shape, whole.options());
    log_scale = at::empty(shape, whole.options());
    const auto write =
        flat.scalar_type() == at::kFloat ? &write_halves<float> : &write_halves<double>;
    write(whole, {low, high}, loc, log_scale);
  }
  const auto node = make_graph_node<NormalHeadBackward>(flat, std::pair{low, high});
  torch::autograd::set_history(loc, node);
  torch::autograd::set_history(log_scale, node);
  return {std::move(loc), std::move(log_scale)};
}

}  // namespace elbow
