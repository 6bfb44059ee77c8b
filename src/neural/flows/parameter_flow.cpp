#include "parameter_flow.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "elbow/foundations/core/shape.h"

namespace elbow {
ParameterFlow::ParameterFlow(bool is_amortized,
                             const std::vector<FlowParameter>& parameters,
                             bool has_inverse,
                             Make make)
    : is_amortized_(is_amortized), has_inverse_(has_inverse), make_(std::move(make)) {
  for (const auto& [name, start] : parameters) {
    layout_.push_back({name, start.sizes().vec()});
    if (!is_amortized_) learned_.push_back(register_parameter(name, start.clone()));
  }
}

std::int64_t ParameterFlow::num_parameters() const {
  std::int64_t size = 0;
  for (const Block& block : layout_) size += num_elements(block.shape);
  return size;
}

std::int64_t ParameterFlow::context_size() const { return is_amortized_ ? num_parameters() : 0; }

Layout ParameterFlow::context_layout() const { return is_amortized_ ? layout_ : Layout{}; }

std::vector<Tensor> ParameterFlow::from_context(const Tensor& context) const {
  TORCH_CHECK(context.defined() && context.size(-1) == context_size(),
              "flow: expected a context of shape [..., ",
              context_size(),
              "], got ",
              context.defined() ? c10::str(context.sizes()) : "none");
  return pieces_of(context);
}

std::vector<Tensor> ParameterFlow::pieces_of(const Tensor& flat) const {
  std::vector<Tensor> out;
  std::int64_t start = 0;
  for (const auto& [name, shape] : layout_) {
    const std::int64_t length = num_elements(shape);
    const Tensor piece = flat.narrow(-1, start, length);
    out.push_back(shape.size() == 1 ? piece : piece.unflatten(-1, shape));
    start += length;
  }
  return out;
}

void ParameterFlow::stack_by(kernels::StackedLayer kind,
                             std::int64_t num_directions,
                             std::int64_t num_reflections,
                             bool is_second) {
  stacked_ = kernels::StackShape{kind, 1, 1, 0, 1, true, num_directions, num_reflections};
  is_second_ = is_second;
}

TransformPtr ParameterFlow::forward(const Tensor& context) {
  return make_(is_amortized_ ? from_context(context) : learned_);
}

double identity_point() { return std::log(std::expm1(1.0)); }

Tensor uniform_start(at::IntArrayRef shape, double bound) {
  return at::empty(shape).uniform_(-bound, bound);
}

}  // namespace elbow
