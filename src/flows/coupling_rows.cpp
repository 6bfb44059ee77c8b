#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "conditioner_network.h"
#include "elbow/transforms/coupling.h"
#include "rows.h"

namespace elbow {
namespace {

/// A coupling with its conditioner; kept and changed coordinates swap from one repeat to the next.
class CouplingFlow : public ConditionalTransform {
 public:
  CouplingFlow(const ConfigNode& node, const FlowShapes& shapes, ElementBijector bijector)
      : bijector_(std::move(bijector)) {
    if (shapes.size < 2)
      node.refuse("a coupling needs at least 2 latents, one to keep and one to change",
                  "use a larger latent_size, or another flow");
    const ConditionerOptions options(node, shapes);
    const Tensor places = at::arange(shapes.size);
    const Tensor half =
        node.text("mask") == "half" ? places >= shapes.size / 2 : places.remainder(2) == 1;
    const Tensor is_changed = shapes.index % 2 == 0 ? half : ~half;
    kept_ = register_buffer("kept", places.masked_select(~is_changed));
    changed_ = register_buffer("changed", places.masked_select(is_changed));
    context_size_ = options.context_size;
    network_ = register_module(
        "conditioner",
        std::make_shared<ConditionerNetwork>(
            options, Connections::all, kept_.size(0), changed_.size(0) * bijector_.num_parameters));
  }
  TransformPtr forward(const Tensor& context) override {
    // A module's move to another dtype takes the buffers along.
    return std::make_shared<Coupling>(
        kept_.to(at::kLong), changed_.to(at::kLong), network_->forward(context), bijector_);
  }
  std::int64_t context_size() const override { return context_size_; }

 private:
  ElementBijector bijector_;
  Tensor kept_, changed_;
  std::int64_t context_size_ = 0;
  std::shared_ptr<ConditionerNetwork> network_;
};

template <class MakeBijector>
FlowRow coupling_row(const char* name,
                     const char* summary,
                     const char* paper,
                     const std::vector<Parameter>& own,
                     MakeBijector make_bijector) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  info.paper = paper;
  info.properties = flow_properties(/*has_inverse=*/true, /*amortizable=*/false);
  info.parameters = joined(
      joined({Parameter::choice("mask",
                                {"alternate", "half"},
                                "keeps every second latent, or one half; the others in the next "
                                "repeat")
                  .defaults("alternate")},
             own),
      ConditionerOptions::parameters());
  return {
      std::move(info),
      [make_bijector](const ConfigNode& node, const FlowShapes& shapes) -> ConditionalTransformPtr {
        return std::make_shared<CouplingFlow>(node, shapes, make_bijector(node));
      }};
}

}  // namespace

FlowRow affine_coupling_row() {
  return coupling_row(
      "affine_coupling",
      "scales and shifts some latents by functions of the others",
      "Dinh, Sohl-Dickstein, Bengio, Density estimation using Real NVP, 2016, arXiv:1605.08803, "
      "section 3.2",
      {max_log_scale_parameter()},
      [](const ConfigNode& node) { return affine_bijector(node.number("max_log_scale")); });
}

FlowRow additive_coupling_row() {
  return coupling_row("additive_coupling",
                      "shifts some latents by functions of the others; keeps the volume",
                      "Dinh, Krueger, Bengio, NICE: non-linear independent components estimation, "
                      "2014, arXiv:1410.8516, section 3.2",
                      {},
                      [](const ConfigNode&) { return additive_bijector(); });
}

FlowRow spline_coupling_row() {
  return coupling_row(
      "spline_coupling",
      "bends some latents by monotone splines whose knots depend on the others",
      "Durkan, Bekasov, Murray, Papamakarios, Neural spline flows, 2019, arXiv:1906.04032, "
      "section 3",
      spline_parameters(),
      spline_from);
}

}  // namespace elbow
