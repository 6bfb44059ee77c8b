#pragma once

#include <ATen/core/Tensor.h>

#include <mutex>
#include <vector>

namespace elbow {

/// A tensor of constants, float64 on the CPU, copied once to each dtype and device that asks for
/// it: a copy in every step would make the host wait for the device.
class Constant {
 public:
  explicit Constant(const at::Tensor& value);
  const at::Tensor& value() const { return value_; }
  /// The constants with the dtype and on the device of z.
  at::Tensor like(const at::Tensor& z) const;

 private:
  at::Tensor value_;
  mutable std::mutex mutex_;
  mutable std::vector<at::Tensor> copies_;
};

/// @param numbers as many as the shape holds  @return float64
at::Tensor tensor_of(const std::vector<double>& numbers, at::IntArrayRef shape);

}  // namespace elbow
