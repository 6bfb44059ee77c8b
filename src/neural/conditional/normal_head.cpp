#include "normal_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

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

struct NormalHead : torch::autograd::Function<NormalHead> {
  static variable_list forward(torch::autograd::AutogradContext* context,
                               const Tensor& flat,
                               double low,
                               double high) {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    context->saved_data["low"] = low;
    context->saved_data["high"] = high;
    context->save_for_backward({flat});
    return {half_of(flat, 0).clone(at::MemoryFormat::Contiguous),
            at::clamp(half_of(flat, 1), low, high).contiguous()};
  }

  static variable_list backward(torch::autograd::AutogradContext* context, variable_list outputs) {
    const Tensor flat = context->get_saved_variables()[0];
    const std::pair<double, double> limits{context->saved_data["low"].toDouble(),
                                           context->saved_data["high"].toDouble()};
    if (at::GradMode::is_enabled()) {
      const Tensor log_scale = half_of(flat.detach(), 1);
      const Tensor is_within = log_scale.ge(limits.first).logical_and_(log_scale.le(limits.second));
      return {at::cat({outputs[0], outputs[1] * is_within.to(outputs[1].scalar_type())}, -1),
              Tensor(),
              Tensor()};
    }
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    const Tensor whole = flat.contiguous(), out = at::empty_like(whole);
    const auto write = flat.scalar_type() == at::kFloat ? &write_head_gradient<float>
                                                        : &write_head_gradient<double>;
    write(whole, outputs[0].contiguous(), outputs[1].contiguous(), limits, out);
    return {out, Tensor(), Tensor()};
  }
};

}  // namespace

std::pair<Tensor, Tensor> normal_head(const Tensor& flat, double low, double high) {
  if (takes_own_loops(flat) && flat.requires_grad() && at::GradMode::is_enabled() &&
      flat.numel() > 0) {
    auto out = NormalHead::apply(flat, low, high);
    return {std::move(out[0]), std::move(out[1])};
  }
  return {half_of(flat, 0), half_of(flat, 1).clamp(low, high)};
}

}  // namespace elbow
