#pragma once

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "elbow/neural/nn/module.h"

namespace elbow {

using Tensors = std::vector<at::Tensor>;

/// Records a module's functions as TorchScript methods by tracing. The module must be in eval mode
/// and its functions pure ATen, with no host number that depends on the batch size: such a number
/// would be frozen without a word.
class ScriptExporter {
 public:
  /// @param name class name in the file, e.g. "Encoder"
  ScriptExporter(const Module& module, const std::string& name);
  /// One output becomes a tensor, several a tuple. Trace with a batch that is not 1.
  void trace_method(const std::string& name,
                    const std::vector<std::string>& arguments,
                    const Tensors& example,
                    const std::function<Tensors(const Tensors&)>& function);
  /// TorchScript source, for integers and dynamic sizes.
  void define(const std::string& source) { root_.define(source); }
  /// The file's bytes: LibTorch never opens a file for writing.
  std::string bytes() const;

 private:
  torch::jit::Module mirror(const Module& module, const std::string& name);
  std::shared_ptr<torch::jit::CompilationUnit> unit_;
  torch::jit::Module root_;
};

}  // namespace elbow
