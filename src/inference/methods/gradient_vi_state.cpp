// GradientVi: its state by name, and taking one over.
#include "elbow/inference/methods/flat_state.h"
#include "elbow/inference/methods/gradient_vi.h"

namespace elbow {

InferenceState GradientVi::state() const { return flat_state(parameters_, all_buffers(), update_); }

void GradientVi::load(const InferenceState& state, const std::string& source) {
  load_flat_state(state, source, parameters_, all_buffers(), update_);
}

namespace {

template <class Items>
void append_items(NamedTensors& out, const std::string& prefix, const Items& items) {
  for (const auto& item : items) out.emplace_back(prefix + item.key(), item.value());
}

}  // namespace

NamedTensors GradientVi::all_parameters() const {
  NamedTensors out = named_parameters(*model_, *guide_);
  append_items(out, "estimator.", estimator_->named_parameters());
  return out;
}

NamedTensors GradientVi::all_buffers() const {
  NamedTensors out = named_buffers(*model_, *guide_);
  append_items(out, "estimator.", estimator_->named_buffers());
  return out;
}

NamedTensors named_parameters(const GenerativeModel& model, const Guide& guide) {
  NamedTensors out;
  append_items(out, "model.", model.named_parameters());
  append_items(out, "guide.", guide.named_parameters());
  return out;
}

NamedTensors named_buffers(const GenerativeModel& model, const Guide& guide) {
  NamedTensors out;
  append_items(out, "model.", model.named_buffers());
  append_items(out, "guide.", guide.named_buffers());
  return out;
}

void load_weights(GenerativeModel& model,
                  Guide& guide,
                  const NamedTensors& stored,
                  bool use_average,
                  const std::string& source) {
  load_named_weights(
      named_parameters(model, guide), named_buffers(model, guide), stored, use_average, source);
}

}  // namespace elbow
