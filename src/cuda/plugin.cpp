// The CUDA plug-in: links LibTorch's CUDA half, so that opening it puts the CUDA kernels into the
// dispatcher of a process that was linked with the CPU half alone.
#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include "elbow/data/device/cuda_plugin.h"
#include "kernels/gather_rows.h"

namespace {

int device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

int gather_rows(const std::uint8_t* images,
                std::int64_t pixels,
                const std::int64_t* rows,
                std::int64_t count,
                int mode,
                bool is_binary,
                std::uint64_t key,
                float* out) {
  static_assert(sizeof(long long) == sizeof(std::int64_t), "rows are 64-bit");
  const elbow::kernels::GatherRows job{
      images, pixels, reinterpret_cast<const long long*>(rows), count, mode, is_binary, key, out};
  return elbow::kernels::launch_gather_rows(job, at::cuda::getCurrentCUDAStream().stream());
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const elbow::CudaPlugin* elbow_cuda_plugin() {
  static const elbow::CudaPlugin plugin{elbow::kCudaPluginAbi, device_count, gather_rows};
  return &plugin;
}
