// ConjugateVi: its state as named tensors, and back.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/conjugate_vi.h"

namespace elbow {

namespace {

const Tensor& find(const NamedTensors& stored, const std::string& name, const std::string& source) {
  for (const auto& [key, tensor] : stored)
    if (key == name) return tensor;
  throw DataError(source + ": tensor '" + name + "' is missing",
                  "the checkpoint was made by another configuration or version");
}

void check_like(const Tensor& found,
                const Tensor& expected,
                const std::string& name,
                const std::string& source) {
  if (found.sizes() == expected.sizes() && found.scalar_type() == at::kDouble) return;
  throw DataError(source + ": tensor '" + name + "' has another shape or type than this model",
                  "the checkpoint was made by another configuration or version");
}

std::vector<Tensor> naturals_of(const ConjugateModel& model,
                                const NamedTensors& stored,
                                const std::string& prefix,
                                const std::string& source) {
  std::vector<Tensor> out;
  for (const auto& factor : model.factors()) {
    const std::string name = prefix + factor.name;
    const Tensor& found = find(stored, name, source);
    check_like(found, factor.prior, name, source);
    out.push_back(found.clone());
  }
  return out;
}

/// Undefined in checkpoints of models without a frame, and of versions that had none.
Tensor frame_of(const NamedTensors& stored, const std::string& name) {
  for (const auto& [key, tensor] : stored)
    if (key == name) return tensor.clone();
  return {};
}

std::string prefix_of(std::size_t restart) { return "restart_" + std::to_string(restart) + "."; }

}  // namespace

Globals load_globals(const ConjugateModel& model,
                     const NamedTensors& stored,
                     const std::string& source) {
  return Globals(
      model.factors(), naturals_of(model, stored, "global.", source), frame_of(stored, "frame"));
}

InferenceState ConjugateVi::state() const {
  InferenceState out;
  const auto& factors = model_->factors();
  for (std::size_t i = 0; i < factors.size(); ++i)
    out.model.emplace_back("global." + factors[i].name, globals().natural(i).clone());
  if (globals().frame().defined()) out.model.emplace_back("frame", globals().frame().clone());
  for (std::size_t r = 0; r < restarts_.size(); ++r) {
    const Restart& restart = restarts_[r];
    const std::string prefix = prefix_of(r);
    if (restarts_.size() > 1 && restart.globals.frame().defined())
      out.optimizer.emplace_back(prefix + "frame", restart.globals.frame().clone());
    if (restart.has_failed)
      out.optimizer.emplace_back(prefix + "has_failed", at::full({}, 1.0, at::kDouble));
    if (restarts_.size() > 1)
      for (std::size_t i = 0; i < factors.size(); ++i)
        out.optimizer.emplace_back(prefix + factors[i].name, restart.globals.natural(i).clone());
    out.optimizer.emplace_back(prefix + "is_converged",
                               at::full({}, restart.is_converged ? 1.0 : 0.0, at::kDouble));
    out.optimizer.emplace_back(prefix + "terms", at::tensor(restart.terms, at::kDouble));
    if (restart.local.defined())
      out.optimizer.emplace_back(prefix + "local", restart.local.clone());
  }
  return out;
}

void ConjugateVi::load(const InferenceState& state, const std::string& source) {
  std::vector<Restart> loaded;
  for (std::size_t r = 0; r < restarts_.size(); ++r) {
    const std::string prefix = prefix_of(r);
    Restart next{restarts_.size() > 1
                     ? Globals(model_->factors(),
                               naturals_of(*model_, state.optimizer, prefix, source),
                               frame_of(state.optimizer, prefix + "frame"))
                     : load_globals(*model_, state.model, source),
                 {},
                 false,
                 {}};
    next.is_converged =
        find(state.optimizer, prefix + "is_converged", source).item<double>() != 0.0;
    const Tensor terms = find(state.optimizer, prefix + "terms", source).contiguous();
    next.terms.assign(terms.const_data_ptr<double>(),
                      terms.const_data_ptr<double>() + terms.numel());
    for (const auto& [name, tensor] : state.optimizer)
      if (name == prefix + "local")
        next.local = tensor.clone();
      else if (name == prefix + "has_failed")
        next.has_failed = true;
    loaded.push_back(std::move(next));
  }
  restarts_ = std::move(loaded);
}

}  // namespace elbow
