// The CUDA plug-in: links LibTorch's CUDA half, so that opening it puts the CUDA kernels into the
// dispatcher of a process that was linked with the CPU half alone.
#include <ATen/cuda/CUDAContextLight.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include "elbow/data/device/cuda_plugin.h"
#include "kernels/gather_rows.h"

namespace {

c10::DeviceIndex index_of(int device) { return static_cast<c10::DeviceIndex>(device); }

int device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

int gather_rows(int device, const elbow::GatherRowsJob& job) {
  static_assert(sizeof(long long) == sizeof(std::int64_t), "rows are 64-bit");
  const c10::cuda::CUDAGuard guard(index_of(device));
  const elbow::kernels::GatherRows kernel{job.images,
                                          job.pixels,
                                          reinterpret_cast<const long long*>(job.rows),
                                          job.count,
                                          job.mode,
                                          job.is_binary,
                                          job.key,
                                          job.out};
  return elbow::kernels::launch_gather_rows(
      kernel, at::cuda::getCurrentCUDAStream(index_of(device)).stream());
}

class CudaGraph : public elbow::DeviceGraph {
 public:
  // Other threads may allocate and ask about streams while this one captures.
  void begin() override { graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal); }
  void end() override { graph_.capture_end(); }
  void replay() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
};

elbow::DeviceGraph* make_graph(int device) {
  const c10::cuda::CUDAGuard guard(index_of(device));
  return new CudaGraph;
}

void* enter_stream(int device) {
  const auto before = c10::cuda::getCurrentCUDAStream(index_of(device));
  const auto own = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, index_of(device));
  before.synchronize();
  return new c10::cuda::CUDAStreamGuard(own);
}

void leave_stream(void* handle) {
  auto* guard = static_cast<c10::cuda::CUDAStreamGuard*>(handle);
  guard->current_stream().synchronize();
  delete guard;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const elbow::CudaPlugin* elbow_cuda_plugin() {
  static const elbow::CudaPlugin plugin{elbow::kCudaPluginAbi,
                                        static_cast<int>(c10::DeviceType::CUDA),
                                        device_count,
                                        gather_rows,
                                        make_graph,
                                        enter_stream,
                                        leave_stream};
  return &plugin;
}
