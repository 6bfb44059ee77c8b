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

  /// By these or by TracedOperators.
  static bool are_asked_for();
  /// Whether operators stand for those of other devices even where the CPU has one of its own.
  static bool are_those_of_devices();
};

/// While one lives, in any thread, our own kernels are left alone, and LibTorch's operators are
/// those that a trace on the CPU records: what an export is compared with.
class TracedOperators {
 public:
  TracedOperators();
  ~TracedOperators();
  TracedOperators(const TracedOperators&) = delete;
  TracedOperators& operator=(const TracedOperators&) = delete;
};

/// While one lives, in any thread, a generator of the CPU makes LibTorch's own numbers, as those of
/// other devices do. Runs that were begun before elbow made its own go on with these.
class LibTorchNoise {
 public:
  LibTorchNoise();
  ~LibTorchNoise();
  LibTorchNoise(const LibTorchNoise&) = delete;
  LibTorchNoise& operator=(const LibTorchNoise&) = delete;

  static bool is_asked_for();
};

/// Whether loops of our own may stand for LibTorch's operators on this tensor: it is float32 or
/// float64 on the CPU, nobody traces, which would record nothing of them, and nobody asks for
/// ReferenceOperators.
bool takes_own_loops(const at::Tensor& tensor);

}  // namespace elbow
