#pragma once

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

namespace elbow::test {

/// Saves a TorchScript density of 3 numbers, as torch.jit.save would. @param methods of the module,
/// each as Python @param names of what people read; none: the module says nothing
inline void write_script(const std::string& file,
                         const std::vector<std::string>& methods,
                         const std::vector<std::string>& names = {}) {
  constexpr std::int64_t kSize = 3;
  torch::jit::Module module("Density");
  module.register_attribute("dim", c10::IntType::get(), c10::IValue(kSize));
  if (!names.empty())
    module.register_attribute("names", c10::ListType::ofStrings(), c10::IValue(names));
  module.register_buffer("scale", at::ones({kSize}));  // float32, as PyTorch's default
  module.register_buffer("order", at::arange(kSize));  // whole numbers, which index
  for (const std::string& method : methods) module.define(method);
  module.save(file);
}

/// N((0, 1, 2), I) up to its normaliser.
inline const char* const kScriptOfANormal =
    "def log_density(self, theta):\n"
    "  return -0.5 * ((theta[:, self.order] - torch.arange(3)) / self.scale).pow(2).sum(-1)\n";

}  // namespace elbow::test
