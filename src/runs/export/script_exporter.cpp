#include "elbow/runs/export/script_exporter.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include <sstream>
#include <stdexcept>

namespace elbow {

namespace jit = torch::jit;

namespace {

void check_is_evaluated(const Module& module, const std::string& name) {
  if (module.is_training())
    throw std::logic_error("export: module " + name + " is in training mode");
  for (const auto& part : module.named_children())
    check_is_evaluated(*part.value(), name + "." + part.key());
}

}  // namespace

ScriptExporter::ScriptExporter(const Module& module, const std::string& name)
    : unit_(std::make_shared<jit::CompilationUnit>()), root_(mirror(module, name)) {
  check_is_evaluated(module, name);
}

jit::Module ScriptExporter::mirror(const Module& module, const std::string& name) {
  // The very same tensor objects: the tracer knows parameters by identity.
  jit::Module copy(c10::QualifiedName("__torch__.elbow." + name), unit_, /*shouldMangle=*/true);
  copy.register_attribute("training", c10::BoolType::get(), false);
  for (const auto& item : module.own_parameters())
    copy.register_parameter(item.key(), item.value(), /*is_buffer=*/false);
  for (const auto& item : module.own_buffers()) copy.register_buffer(item.key(), item.value());
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
