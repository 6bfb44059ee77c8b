#pragma once

#include <cstdint>

namespace elbow {

inline constexpr int kCudaPluginAbi = 2;

/// Work of a device, captured once and replayed: an operator that runs on this thread between
/// begin() and end() is not executed but recorded, with its addresses and numbers. All members may
/// throw c10::Error.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  virtual void begin() = 0;
  virtual void end() = 0;
  virtual void replay() = 0;
};

/// Memory of one call of gather_rows, all on one device.
struct GatherRowsJob {
  const std::uint8_t* images;
  std::int64_t pixels;
  const std::int64_t* rows;
  std::int64_t count;
  int mode;
  bool is_binary;
  std::uint64_t key;
  float* out;
};

/// What the CUDA plug-in offers, behind a C interface: `extern "C" const CudaPlugin*
/// elbow_cuda_plugin()`. Devices are numbered from 0.
struct CudaPlugin {
  int abi;
  /// LibTorch's c10::DeviceType of the devices.
  int device_type;
  /// Usable devices; 0 without a driver.
  int (*device_count)();
  /// gather_rows (data/binarize.h) on resident images: the same bits as on the CPU. Runs on
  /// LibTorch's current stream of the device. @return 0, or the CUDA error
  int (*gather_rows)(int device, const GatherRowsJob& job);
  /// The caller deletes it.
  DeviceGraph* (*make_graph)(int device);
  /// This thread's work on the device goes to a stream of its own, after what has been asked for so
  /// far, until the returned handle is given to leave_stream. A graph is captured on such a stream.
  void* (*enter_stream)(int device);
  void (*leave_stream)(void* handle);
};

}  // namespace elbow
