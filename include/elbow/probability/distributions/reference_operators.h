#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// While one lives, in any thread, densities are computed by LibTorch's operators alone, as they
/// are on other devices than the CPU: what our own kernels of the CPU are compared with.
class ReferenceOperators {
 public:
  ReferenceOperators();
  ~ReferenceOperators();
  ReferenceOperators(const ReferenceOperators&) = delete;
  ReferenceOperators& operator=(const ReferenceOperators&) = delete;

  static bool are_asked_for();
};

/// Whether loops of our own may stand for LibTorch's operators on this tensor: it is float32 or
/// float64 on the CPU, nobody traces, which would record nothing of them, and nobody asks for
/// ReferenceOperators.
bool takes_own_loops(const at::Tensor& tensor);

}  // namespace elbow
