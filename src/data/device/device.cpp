#include "elbow/data/device/device.h"

#include <ATen/ops/empty.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "elbow/data/device/cuda_plugin.h"
#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

/// The plug-in lies beside the trainer: libexec/elbow/elbow_cuda.so.
std::string plugin_path() {
  char buffer[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", buffer, sizeof buffer - 1);
  if (size <= 0) return "";
  const std::string self(buffer, static_cast<std::size_t>(size));
  return self.substr(0, self.rfind('/') + 1) + "elbow_cuda.so";
}

struct Opened {
  const CudaPlugin* plugin = nullptr;
  std::string why;
};

Opened open_plugin() {
  const std::string path = plugin_path();
  if (::access(path.c_str(), R_OK) != 0)
    return {nullptr, "this build has no CUDA plug-in (" + path + "); build it with nvcc 13"};
  // RTLD_GLOBAL: its kernels join LibTorch's dispatcher, for the whole process.
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr)
    return {nullptr, std::string("the CUDA plug-in cannot be loaded: ") + ::dlerror()};
  const auto entry =
      reinterpret_cast<const CudaPlugin* (*)()>(::dlsym(handle, "elbow_cuda_plugin"));
  if (entry == nullptr || entry()->abi != kCudaPluginAbi)
    return {nullptr, "the CUDA plug-in belongs to another version of elbow: build both again"};
  return {entry(), ""};
}

/// What a test brought; else null.
const CudaPlugin*& brought_plugin() {
  static const CudaPlugin* plugin = nullptr;
  return plugin;
}

const Opened& plugin() {
  static const Opened opened =
      brought_plugin() != nullptr ? Opened{brought_plugin(), ""} : open_plugin();
  return opened;
}

}  // namespace

const CudaPlugin* cuda_plugin() { return plugin().plugin; }

void use_cuda_plugin(const CudaPlugin* plugin) { brought_plugin() = plugin; }

int cuda_device_count(std::string* why) {
  const Opened& opened = plugin();
  std::string reason = opened.why;
  int count = 0;
  if (opened.plugin != nullptr) {
    count = opened.plugin->device_count();
    if (count == 0) reason = "no CUDA device or driver is there";
  }
  if (why != nullptr) *why = reason;
  return count;
}

DeviceChoice choose_device(const std::string& wanted) {
  if (wanted == "cpu") return {at::Device(at::kCPU), "asked for"};
  const bool is_auto = wanted == "auto";
  if (!is_auto && wanted.compare(0, 4, "cuda") != 0)
    throw UsageError("device: expected auto, cpu, cuda or cuda:N, got '" + wanted + "'");
  std::string why;
  const int count = cuda_device_count(&why);
  if (is_auto && count == 0) return {at::Device(at::kCPU), why};
  if (count == 0)
    throw UsageError("device: " + wanted + " cannot be used: " + why,
                     "use device: cpu, or see elbow doctor");
  int index = 0;
  if (wanted.size() > 4) {
    char* end = nullptr;
    index = static_cast<int>(std::strtol(wanted.c_str() + 5, &end, 10));
    if (wanted[4] != ':' || *end != '\0' || end == wanted.c_str() + 5 || index < 0 ||
        index >= count)
      throw UsageError("device: '" + wanted + "' is not one of the " + std::to_string(count) +
                       " CUDA devices (cuda:0 to cuda:" + std::to_string(count - 1) + ")");
  }
  const at::Device device(static_cast<at::DeviceType>(cuda_plugin()->device_type),
                          static_cast<c10::DeviceIndex>(index));
  // What names no device, such as a library's workspace, goes to the same one.
  c10::impl::VirtualGuardImpl(device.type()).setDevice(device);
  return {device,
          "CUDA device " + std::to_string(index) + " of " + std::to_string(count),
          "cuda:" + std::to_string(index)};
}

at::Tensor send_to(at::Device device, const at::Tensor& tensor) {
  if (device.is_cpu() || !tensor.device().is_cpu()) return tensor.to(device);
  at::Tensor pinned = at::empty(tensor.sizes(), tensor.options().pinned_memory(true)).copy_(tensor);
  return pinned.to(device, /*non_blocking=*/true);
}

}  // namespace elbow
