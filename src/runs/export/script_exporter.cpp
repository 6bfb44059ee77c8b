#include "elbow/runs/export/script_exporter.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include <sstream>
#include <stdexcept>

namespace elbow {

namespace jit = torch::jit;

ScriptExporter::ScriptExporter(const torch::nn::Module& module, const std::string& name)
    : unit_(std::make_shared<jit::CompilationUnit>()), root_(mirror(module, name)) {
  for (const auto& part : module.modules())
    if (part->is_training())
      throw std::logic_error("export: module " + part->name() + " is in training mode");
}

jit::Module ScriptExporter::mirror(const torch::nn::Module& module, const std::string& name) {
  // The very same tensor objects: the tracer knows parameters by identity.
  jit::Module copy(c10::QualifiedName("__torch__.elbow." + name), unit_, /*shouldMangle=*/true);
  copy.register_attribute("training", c10::BoolType::get(), false);
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    copy.register_parameter(item.key(), item.value(), /*is_buffer=*/false);
  for (const auto& item : module.named_buffers(/*recurse=*/false))
    copy.register_buffer(item.key(), item.value());
  for (const auto& item : module.named_children())
    copy.register_module(item.key(), mirror(*item.value(), name + "_" + item.key()));
  return copy;
}

void ScriptExporter::trace_method(const std::string& name,
                                  const std::vector<std::string>& arguments,
                                  const Tensors& example,
                                  const std::function<Tensors(const Tensors&)>& function) {
  const at::NoGradGuard no_grad;
  const auto run = [&](jit::Stack inputs) -> jit::Stack {
    Tensors tensors;
    for (const auto& value : inputs) tensors.push_back(value.toTensor());
    const Tensors out = function(tensors);
    if (out.size() == 1) return {out.front()};
    return {c10::ivalue::Tuple::create(std::vector<c10::IValue>(out.begin(), out.end()))};
  };
  const auto no_names = [](const at::Tensor&) { return std::string(); };
  const auto traced = jit::tracer::trace(jit::Stack(example.begin(), example.end()),
                                         run,
                                         no_names,
                                         /*strict=*/true,
                                         /*force_outplace=*/false,
                                         &root_,
                                         arguments);
  const c10::QualifiedName qualified(*root_.type()->name(), name);
  root_.type()->addMethod(unit_->create_function(qualified, traced.first->graph));
}

std::string ScriptExporter::bytes() const {
  std::ostringstream out;
  root_.save(out);
  return out.str();
}

}  // namespace elbow
