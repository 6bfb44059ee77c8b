#include "elbow/models/generative/step_scalar.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <c10/core/InferenceMode.h>

namespace elbow {

void StepScalar::set(double value) {
  if (value == value_) return;
  value_ = value;
  if (there_.defined()) there_.fill_(value);
}

Tensor StepScalar::on(at::Device device) const {
  // Evaluations on the CPU ask from several threads: nothing is kept there.
  if (device.is_cpu()) return at::scalar_tensor(value_, at::kDouble);
  if (!there_.defined() || there_.device() != device) {
    const c10::InferenceMode ordinary(false);
    there_ = at::full({}, value_, at::TensorOptions(at::kDouble).device(device));
  }
  return there_;
}

Tensor operator*(const Tensor& x, const StepScalar& scalar) {
  if (x.is_cpu()) return x * scalar.value();
  return x * scalar.on(x.device()).to(x.scalar_type());
}

Tensor operator-(const Tensor& x, const StepScalar& scalar) {
  if (x.is_cpu()) return x - scalar.value();
  return x - scalar.on(x.device()).to(x.scalar_type());
}

}  // namespace elbow
