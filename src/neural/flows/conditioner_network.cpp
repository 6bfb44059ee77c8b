#include "conditioner_network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/linear.h>

#include <algorithm>

namespace elbow {
namespace {

/// MADE's degrees: an input has its place 1..D, a hidden unit the last place that it may see, an
/// output the place that it serves.
Tensor input_degrees(std::int64_t in) { return at::arange(1, in + 1); }

Tensor output_degrees(std::int64_t in, std::int64_t out) {
  return at::arange(1, in + 1).repeat_interleave(out / in);
}

/// From `lowest` to D - 1, over and over. @param lowest 0 with encoder features: units that see
/// only those serve the first coordinate
Tensor hidden_degrees(std::int64_t in, std::int64_t units, std::int64_t lowest) {
  return at::arange(units).remainder(std::max<std::int64_t>(1, in - lowest)) + lowest;
}

Tensor run(Activation activation, const std::vector<Tensor>& tensors, const Tensor& x) {
  // The first offset may have batch dimensions, which `linear` does not take.
  Tensor hidden = x.matmul(tensors[0].t()) + tensors[1];
  for (std::size_t i = 2; i < tensors.size(); i += 2)
    hidden = at::linear(activation(hidden), tensors[i], tensors[i + 1]);
  return hidden;
}

std::optional<kernels::NetworkActivation> known_to_kernels(const std::string& name) {
  using Kind = kernels::NetworkActivation;
  static const std::vector<std::pair<std::string, Kind>> kinds = {{"relu", Kind::kRelu},
                                                                  {"leaky_relu", Kind::kLeakyRelu},
                                                                  {"elu", Kind::kElu},
                                                                  {"tanh", Kind::kTanh},
                                                                  {"sigmoid", Kind::kSigmoid},
                                                                  {"softplus", Kind::kSoftplus}};
  for (const auto& [known, kind] : kinds)
    if (known == name) return kind;
  return std::nullopt;
}

}  // namespace

ConditionerOptions::ConditionerOptions(const ConfigNode& node, const BuildContext& context)
    : hidden_sizes(node.integers("hidden_sizes")),
      activation(activation_by_name(node.text("activation"))),
      known_activation(known_to_kernels(node.text("activation"))),
      context_size(node.integer("context_size")) {
  if (context_size > 0 && !context.is_conditional())
    node.refuse("the features should come from an encoder, and there is none here",
                "use context_size: 0",
                "context_size");
}

std::vector<Parameter> ConditionerOptions::parameters() {
  return {Parameter::integers("hidden_sizes", "units of each hidden layer of the conditioner")
              .defaults(Json::array({64, 64}))
              .at_least(1),
          Parameter::choice("activation", activation_names(), "nonlinearity of the conditioner")
              .defaults("relu"),
          Parameter::integer("context_size",
                             "features of the encoder that the conditioner sees beside the latents")
              .defaults(0)
              .at_least(0)};
}

ConditionerNetwork::ConditionerNetwork(const ConditionerOptions& options,
                                       Connections connections,
                                       std::int64_t in,
                                       std::int64_t out)
    : activation_(options.activation), known_activation_(options.known_activation) {
  const bool is_masked = connections == Connections::autoregressive;
  const std::int64_t lowest = options.context_size > 0 ? 0 : 1;
  Tensor seen = input_degrees(in);
  std::int64_t size = in;
  for (std::size_t i = 0; i <= options.hidden_sizes.size(); ++i) {
    const bool is_last = i == options.hidden_sizes.size();
    const std::int64_t units = is_last ? out : options.hidden_sizes[i];
    Tensor mask;
    if (is_masked) {
      const Tensor degrees = is_last ? output_degrees(in, out) : hidden_degrees(in, units, lowest);
      const Tensor rows = degrees.unsqueeze(1);
      mask = (is_last ? rows > seen : rows >= seen).to(at::kFloat);
      seen = degrees;
    }
    const std::int64_t context_size = i == 0 ? options.context_size : 0;
    layers_.push_back(
        register_module("layer_" + std::to_string(i),
                        std::make_shared<MaskedLinear>(size, units, mask, context_size, is_last)));
    size = units;
  }
}

Conditioner ConditionerNetwork::forward(const Tensor& context) const {
  Conditioner out;
  out.activation = known_activation_;
  for (const auto& layer : layers_) {
    out.tensors.push_back(layer->weight());
    out.tensors.push_back(layer->offset(context));
  }
  out.function = [activation = activation_](const std::vector<Tensor>& tensors, const Tensor& x) {
    return run(activation, tensors, x);
  };
  return out;
}

}  // namespace elbow
