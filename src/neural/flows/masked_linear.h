#pragma once

#include <cstdint>

#include "elbow/neural/nn/module.h"

namespace elbow {

/// y = (M * W) x + V c + b, with a fixed mask M of zeros and ones and numbers c from an encoder.
///
/// Germain, Gregor, Murray, Larochelle, "MADE: masked autoencoder for distribution estimation",
/// 2015, arXiv:1502.03509, equation 3.
class MaskedLinear : public Module {
 public:
  /// @param mask          [out, in]; undefined: every connection
  /// @param context_size  columns of V; 0: no V
  /// @param is_zero       start from zero instead of PyTorch's uniform +-1 / sqrt(inputs)
  MaskedLinear(std::int64_t in,
               std::int64_t out,
               const at::Tensor& mask,
               std::int64_t context_size,
               bool is_zero);
  /// M * W, [out, in].
  at::Tensor weight() const;
  /// V c + b: [out], or [..., out] with a context [..., context_size].
  at::Tensor offset(const at::Tensor& context) const;

 private:
  at::Tensor weight_, bias_, context_weight_, mask_;
};

}  // namespace elbow
