#include "conditioner_network.h"
#include "elbow/transforms/autoregressive.h"
#include "rows.h"

namespace elbow {
namespace {

/// A masked network and what it conditions; every second repeat takes the latents backwards.
class AutoregressiveFlow : public ConditionalTransform {
 public:
  AutoregressiveFlow(const ConfigNode& node,
                     const FlowShapes& shapes,
                     AutoregressiveDirection direction,
                     ElementBijector bijector)
      : direction_(direction), is_reversed_(shapes.index % 2 == 1), bijector_(std::move(bijector)) {
    const ConditionerOptions options(node, shapes);
    context_size_ = options.context_size;
    network_ = register_module(
        "conditioner",
        std::make_shared<ConditionerNetwork>(options,
                                             Connections::autoregressive,
                                             shapes.size,
                                             shapes.size * bijector_.num_parameters));
  }
  TransformPtr forward(const Tensor& context) override {
    return std::make_shared<Autoregressive>(
        direction_, is_reversed_, network_->forward(context), bijector_);
  }
  std::int64_t context_size() const override { return context_size_; }

 private:
  AutoregressiveDirection direction_;
  bool is_reversed_;
  ElementBijector bijector_;
  std::int64_t context_size_ = 0;
  std::shared_ptr<ConditionerNetwork> network_;
};

ComponentInfo autoregressive_info(const char* name,
                                  const char* summary,
                                  const char* paper,
                                  const std::vector<Parameter>& own) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  info.paper = paper;
  info.properties = flow_properties(/*has_inverse=*/true, /*amortizable=*/false);
  info.parameters = joined(own, ConditionerOptions::parameters());
  return info;
}

}  // namespace

FlowRow maf_row() {
  return {autoregressive_info(
              "maf",
              "scales and shifts each latent by functions of those before it, after their change: "
              "densities of values in one pass, draws in as many as latents",
              "Papamakarios, Pavlakou, Murray, Masked autoregressive flow for density estimation, "
              "2017, arXiv:1705.07057, section 3.1",
              {max_log_scale_parameter()}),
          [](const ConfigNode& node, const FlowShapes& shapes) -> ConditionalTransformPtr {
            return std::make_shared<AutoregressiveFlow>(
                node,
                shapes,
                AutoregressiveDirection::maf,
                affine_bijector(node.number("max_log_scale")));
          }};
}

FlowRow iaf_row() {
  return {
      autoregressive_info(
          "iaf",
          "gates each latent by functions of those before it, before their change: draws in "
          "one pass, densities of values in as many as latents",
          "Kingma, Salimans, Jozefowicz, Chen, Sutskever, Welling, Improved variational "
          "inference with inverse autoregressive flow, 2016, arXiv:1606.04934, equation 14",
          {Parameter::number("forget_bias", "logit of a fresh layer's share of the old value")
               .defaults(1.5)}),
      [](const ConfigNode& node, const FlowShapes& shapes) -> ConditionalTransformPtr {
        return std::make_shared<AutoregressiveFlow>(
            node, shapes, AutoregressiveDirection::iaf, gated_bijector(node.number("forget_bias")));
      }};
}

FlowRow autoregressive_spline_row() {
  return {autoregressive_info(
              "autoregressive_spline",
              "bends each latent by a monotone spline whose knots depend on those before it",
              "Durkan, Bekasov, Murray, Papamakarios, Neural spline flows, 2019, "
              "arXiv:1906.04032, section 3",
              joined({Parameter::choice("direction",
                                        {"maf", "iaf"},
                                        "one pass for densities of values, or one for draws")
                          .defaults("iaf")},
                     spline_parameters())),
          [](const ConfigNode& node, const FlowShapes& shapes) -> ConditionalTransformPtr {
            const auto direction = node.text("direction") == "maf" ? AutoregressiveDirection::maf
                                                                   : AutoregressiveDirection::iaf;
            return std::make_shared<AutoregressiveFlow>(node, shapes, direction, spline_from(node));
          }};
}

}  // namespace elbow
