#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace elbow {

/// What was found when a device was asked for.
struct DeviceChoice {
  at::Device device = at::Device(at::kCPU);
  std::string why;           ///< "no CUDA plug-in beside the trainer", "CUDA device 0 of 1"
  std::string name = "cpu";  ///< as in the key `device`: cpu, cuda:0
};

/// Opens the CUDA plug-in when it may be needed and picks the device. Must run before any other
/// LibTorch call: LibTorch decides once, at the first question about CUDA, whether the backend
/// exists.
/// @param wanted auto | cpu | cuda | cuda:N
/// @throws UsageError when CUDA is asked for and cannot be had, saying what is missing
DeviceChoice choose_device(const std::string& wanted);

/// A tensor of the CPU on another device, for which the host does not wait: through pinned memory.
/// On the CPU itself the same tensor.
at::Tensor send_to(at::Device device, const at::Tensor& tensor);

/// Number of usable CUDA devices, and why there are none.
int cuda_device_count(std::string* why = nullptr);

struct CudaPlugin;
/// The opened plug-in; null when there is none.
const CudaPlugin* cuda_plugin();
/// Takes this one instead of the shared object beside the trainer: a test brings a device of its
/// own. Before any other call.
void use_cuda_plugin(const CudaPlugin* plugin);

}  // namespace elbow
