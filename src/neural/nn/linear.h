#pragma once

#include "elbow/neural/nn/module.h"
#include "initialization.h"

namespace elbow {

/// y = W x + b. weight [out, in], bias [out].
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, Initialization scheme, bool is_last);
  virtual at::Tensor forward(const at::Tensor& input) const;
  /// Sets the bias to `value`, whatever its shape.
  void set_bias(const at::Tensor& value);
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }

 protected:
  /// For layers that draw their own weights: values unset.
  Linear(std::int64_t in, std::int64_t out);
  at::Tensor weight_, bias_;
};

/// a * sigmoid(c) of two linear maps of the input (Dauphin, Fan, Auli, Grangier, 2016,
/// arXiv:1612.08083, equation 1). Both maps lie in one weight [2 out, in], for one matrix product:
/// first the values, then the gates.
class GatedLinear : public Linear {
 public:
  GatedLinear(std::int64_t in, std::int64_t out, Initialization scheme);
  at::Tensor forward(const at::Tensor& input) const override;
};

}  // namespace elbow
