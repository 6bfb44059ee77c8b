#pragma once

#include <cstdint>

namespace elbow {

inline constexpr int kCudaPluginAbi = 1;

/// What the CUDA plug-in offers, behind a C interface: `extern "C" const CudaPlugin*
/// elbow_cuda_plugin()`.
struct CudaPlugin {
  int abi;
  /// Usable devices; 0 without a driver.
  int (*device_count)();
  /// gather_rows (data/binarize.h) on resident images: the same bits as on the CPU. All pointers
  /// are on the current device; runs on LibTorch's current stream. @return 0, or the CUDA error
  int (*gather_rows)(const std::uint8_t* images,
                     std::int64_t pixels,
                     const std::int64_t* rows,
                     std::int64_t count,
                     int mode,
                     bool is_binary,
                     std::uint64_t key,
                     float* out);
};

}  // namespace elbow
