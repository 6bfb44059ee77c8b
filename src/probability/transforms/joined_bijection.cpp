#include "elbow/probability/transforms/joined_bijection.h"

#include <ATen/ops/cat.h>
#include <c10/util/Exception.h>

#include <stdexcept>

#include "event_dims.h"

namespace elbow {
namespace {

/// [..., event] to [..., U]. No size of the batch is named, so that a trace freezes none.
Tensor flattened(const Tensor& value, const Shape& event) {
  if (event.empty()) return value.unsqueeze(-1);
  return value.flatten(-static_cast<std::int64_t>(event.size()));
}

/// [..., U] to [..., event].
Tensor unflattened(const Tensor& value, const Shape& event) {
  return event.empty() ? value.squeeze(-1) : value.unflatten(-1, event);
}

}  // namespace

JoinedBijection::JoinedBijection(const std::vector<Variable>& variables) {
  if (variables.empty()) throw std::logic_error("a joined bijection needs at least one variable");
  for (const Variable& variable : variables) {
    for (const Slice& other : slices_)
      if (other.variable.name == variable.name)
        throw std::logic_error("two variables are called '" + variable.name + "'");
    if (!variable.support.has_bijection())
      throw std::logic_error(variable.name +
                             ": no bijection maps unconstrained space onto the support '" +
                             variable.support.text() + "'");
    Slice slice{variable,
                variable.support.bijection(variable.event_shape),
                variable.support.unconstrained_shape(variable.event_shape),
                size_,
                0};
    slice.size = num_elements(slice.unconstrained_shape);
    size_ += slice.size;
    slices_.push_back(std::move(slice));
  }
}

std::vector<JoinedBijection::Constrained> JoinedBijection::forward(const Tensor& flat) const {
  batch_shape_of(flat.sizes(), {size_}, "joined bijection");  // throws where it does not fit
  std::vector<Constrained> out;
  for (const Slice& slice : slices_) {
    const Tensor part = flat.narrow(-1, slice.begin, slice.size);
    auto [value, log_det] =
        slice.bijection->forward_and_log_det(unflattened(part, slice.unconstrained_shape));
    out.push_back({std::move(value), std::move(log_det)});
  }
  return out;
}

JoinedBijection::Unconstrained JoinedBijection::inverse(const std::vector<Tensor>& values) const {
  TORCH_CHECK(values.size() == slices_.size(),
              "joined bijection: expected ",
              slices_.size(),
              " values, got ",
              values.size());
  Unconstrained out;
  std::vector<Tensor> parts;
  Shape batch;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [name, support, event_shape] = slices_[i].variable;
    const Shape of_this = batch_shape_of(values[i].sizes(), event_shape, name);
    if (i == 0) batch = of_this;
    TORCH_CHECK(of_this == batch,
                "joined bijection: '",
                name,
                "' has batch shape ",
                at::IntArrayRef(of_this),
                " but '",
                slices_[0].variable.name,
                "' has ",
                at::IntArrayRef(batch));
    auto [part, log_det] = slices_[i].bijection->inverse_and_log_det(values[i]);
    parts.push_back(flattened(part, slices_[i].unconstrained_shape));
    out.log_dets.push_back(std::move(log_det));
  }
  out.flat = at::cat(parts, -1);
  return out;
}

}  // namespace elbow
