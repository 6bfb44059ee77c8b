#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

using at::Tensor;

/// A number that changes between steps, as a schedule does. On the CPU it is a number; elsewhere it
/// lies on the device, in one place for good, so that a step that was captured there reads its
/// present value.
class StepScalar {
 public:
  explicit StepScalar(double value) : value_(value) {}
  void set(double value);
  double value() const { return value_; }
  /// Float64, 0-dim.
  Tensor on(at::Device device) const;

 private:
  double value_;
  mutable Tensor there_;  ///< on the last device that was asked for
};

/// In the type of x, as with a number.
Tensor operator*(const Tensor& x, const StepScalar& scalar);
Tensor operator-(const Tensor& x, const StepScalar& scalar);

}  // namespace elbow
