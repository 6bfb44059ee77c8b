#pragma once

#include <cstdint>
#include <string>

#include "elbow/neural/nn/module.h"

namespace elbow {

/// none, batch or layer normalisation over the features of [N, F] or the channels of [N, C, H, W].
class Normalization : public Module {
 public:
  /// @param kind "none", "batch" (Ioffe, Szegedy, 2015, arXiv:1502.03167) or "layer" (Ba, Kiros,
  /// Hinton, 2016,
  ///             arXiv:1607.06450; over channels and pixels for images, scale and shift per
  ///             channel)
  Normalization(const std::string& kind, std::int64_t num_features);
  at::Tensor forward(const at::Tensor& input) const;

 private:
  std::string kind_;
  at::Tensor weight_, bias_, running_mean_, running_variance_;
};

}  // namespace elbow
