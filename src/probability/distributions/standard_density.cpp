#include "standard_density.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "elbow/foundations/core/constants.h"
#include "elbow/probability/distributions/graph_node.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

using torch::autograd::variable_list;

template <class Real>
void write_standard_density(const Tensor& value, const Tensor& out) {
  const std::int64_t size = value.size(-1), rows = out.numel();
  const auto constant = static_cast<Real>(kHalfLog2Pi * static_cast<double>(size));
  const Real* z = value.const_data_ptr<Real>();
  Real* const to = out.mutable_data_ptr<Real>();
  for (std::int64_t r = 0; r < rows; ++r, z += size) {
    Real squares = 0;
#pragma omp simd reduction(+ : squares)
    for (std::int64_t i = 0; i < size; ++i) squares += z[i] * z[i];
    to[r] = squares * Real(-0.5) - constant;
  }
}

template <class Real>
void write_standard_gradient(const Tensor& value, const Tensor& gradient, const Tensor& out) {
  const std::int64_t size = value.size(-1), rows = gradient.numel();
  const Real *z = value.const_data_ptr<Real>(), *const of_row = gradient.const_data_ptr<Real>();
  Real* to = out.mutable_data_ptr<Real>();
  for (std::int64_t r = 0; r < rows; ++r, z += size, to += size) {
    const Real factor = -of_row[r];
#pragma omp simd
    for (std::int64_t i = 0; i < size; ++i) to[i] = factor * z[i];
  }
}

class StandardDensityBackward : public torch::autograd::Node {
 public:
  explicit StandardDensityBackward(const Tensor& value) : value_(value, /*is_output=*/false) {
    set_next_edges(torch::autograd::collect_next_edges(value));
  }
  std::string name() const override { return "StandardDensityBackward"; }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined()) return variable_list(1);
    const Tensor value = value_.unpack();
    if (at::GradMode::is_enabled()) return {-grads[0].unsqueeze(-1) * value};
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor out = at::empty_like(value);
    const auto write = value.scalar_type() == at::kFloat ? &write_standard_gradient<float>
                                                         : &write_standard_gradient<double>;
    write(value, grads[0].contiguous(), out);
    return {out};
  }

  void release_variables() override { value_.reset_data(); }

 private:
  torch::autograd::SavedVariable value_;
};

}  // namespace

Tensor standard_log_density(const Tensor& value) {
  Tensor out;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    out = at::empty(without_last(value.sizes(), 1), value.options());
    const auto write = value.scalar_type() == at::kFloat ? &write_standard_density<float>
                                                         : &write_standard_density<double>;
    write(value, out);
  }
  if (needs_graph(value))
    torch::autograd::set_history(out, make_graph_node<StandardDensityBackward>(value));
  return out;
}

}  // namespace elbow
