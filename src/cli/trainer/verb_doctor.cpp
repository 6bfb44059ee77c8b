#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include <thread>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/data/device/device.h"

namespace elbow::cli {

/// LibTorch's half of `elbow doctor`: the front end has printed its own.
int verb_doctor(const CommandLine& line) {
  std::string why;
  const int devices = cuda_device_count(&why);
  const std::string version = std::to_string(TORCH_VERSION_MAJOR) + "." +
                              std::to_string(TORCH_VERSION_MINOR) + "." +
                              std::to_string(TORCH_VERSION_PATCH);
  const std::string cuda = devices > 0 ? std::to_string(devices) + " device(s)" : "none: " + why;
  const std::vector<std::pair<std::string, std::string>> findings{
      {"libtorch", version},
      {"cpu capability", at::get_cpu_capability()},
      {"threads used with auto",
       "at most " + std::to_string(std::max(1u, std::thread::hardware_concurrency()))},
      {"cuda", cuda}};
  for (const auto& [name, value] : findings) {
    if (line.has("json"))
      print_event("finding", {{"name", name}, {"value", value}});
    else
      print(name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') + value + "\n");
  }
  return 0;
}

}  // namespace elbow::cli
