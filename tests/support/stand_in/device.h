#pragma once

#include <ATen/core/Tensor.h>

/// An accelerator that tests bring along: memory and arithmetic of the CPU behind LibTorch's
/// PrivateUse1. Each operator is one of the CPU, run on the same memory with the same strides, so
/// that results are the CPU's bit for bit where the sequence of operators is; but what a CUDA
/// device refuses is refused here, and what would wait for the device is counted (ledger.h).
/// Linking it registers its kernels; install() makes it the device that `--device cuda` means.
namespace elbow::stand_in {

inline constexpr at::DeviceType kType = at::DeviceType::PrivateUse1;
inline constexpr int kDevices = 2;

inline at::Device device(int index = 0) { return {kType, static_cast<c10::DeviceIndex>(index)}; }

/// Names the backend, and gives LibTorch its allocator and hooks and elbow its plug-in. Once a
/// process; before any other call of either.
void install();

/// The device that memory was allocated on; -1: it is not this accelerator's.
int device_of(const void* memory);
/// The one that new tensors of this thread go to.
int current_device();

/// The same memory, sizes and strides as a tensor of the CPU, which keeps `tensor` alive.
at::Tensor on_cpu(const at::Tensor& tensor);
/// The memory of a CPU tensor as one of this device, which keeps it alive.
at::Tensor on_device(const at::Tensor& tensor, int index);

}  // namespace elbow::stand_in
