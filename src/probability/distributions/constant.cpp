#include "elbow/probability/distributions/constant.h"

#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

namespace elbow {
namespace {

// Copies outlive the call that asks for them first: made in inference mode they could never be part
// of a gradient.
at::Tensor lasting_copy(const at::Tensor& value, const at::TensorOptions& options) {
  const c10::InferenceMode normal(/*enabled=*/false);
  return value.to(options, /*non_blocking=*/false, /*copy=*/true);
}

}  // namespace

Constant::Constant(const at::Tensor& value)
    : value_(lasting_copy(value, value.options())), copies_{value_} {}

at::Tensor Constant::like(const at::Tensor& z) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const at::Tensor& copy : copies_)
    if (copy.scalar_type() == z.scalar_type() && copy.device() == z.device()) return copy;
  copies_.push_back(lasting_copy(value_, z.options()));
  return copies_.back();
}

at::Tensor tensor_of(const std::vector<double>& numbers, at::IntArrayRef shape) {
  return at::tensor(numbers, at::TensorOptions(at::kDouble)).reshape(shape);
}

}  // namespace elbow
