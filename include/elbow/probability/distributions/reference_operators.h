#pragma once

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

}  // namespace elbow
