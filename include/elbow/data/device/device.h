#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace elbow {

/// What was found when a device was asked for.
struct DeviceChoice {
  at::Device device = at::Device(at::kCPU);
  std::string why;  ///< "no CUDA plug-in beside the trainer", "CUDA device 0 of 1"
};

/// Opens the CUDA plug-in when it may be needed and picks the device. Must run before any other
/// LibTorch call: LibTorch decides once, at the first question about CUDA, whether the backend
/// exists.
/// @param wanted auto | cpu | cuda | cuda:N
/// @throws UsageError when CUDA is asked for and cannot be had, saying what is missing
DeviceChoice choose_device(const std::string& wanted);

/// Number of usable CUDA devices, and why there are none.
int cuda_device_count(std::string* why = nullptr);

struct CudaPlugin;
/// The opened plug-in; null when there is none.
const CudaPlugin* cuda_plugin();

}  // namespace elbow
