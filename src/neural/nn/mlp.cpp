#include "mlp.h"

#include "shape_text.h"

namespace elbow {
namespace {

std::shared_ptr<Linear> hidden_layer(Mlp::Kind kind,
                                     std::int64_t in,
                                     std::int64_t out,
                                     Initialization initialization) {
  if (kind == Mlp::Kind::gated) return std::make_shared<GatedLinear>(in, out, initialization);
  return std::make_shared<Linear>(in, out, initialization, /*is_last=*/false);
}

}  // namespace

ComponentInfo Mlp::info(Kind kind) {
  const bool is_gated = kind == Kind::gated;
  return ComponentInfo::of(is_gated ? "gated_mlp" : "mlp",
                           is_gated ? "fully connected layers h = (Ax + b) * sigmoid(Vx + c)"
                                    : "fully connected layers on the flattened event")
      .source(is_gated ? "Dauphin, Fan, Auli, Grangier, Language modeling with gated convolutional "
                         "networks, 2016, arXiv:1612.08083, equation 1"
                       : "")
      .takes(
          {Parameter::integers("hidden_sizes", "units of each hidden layer; [] for a linear map")
               .defaults(Json::array({400}))
               .at_least(1),
           Parameter::choice("input",
                             {"identity", "symlog"},
                             "what the first layer is shown: the values, or sign(x) log(1 + |x|), "
                             "which brings counts and heavy tails near 0")
               .defaults("identity")})
      .takes(HiddenOptions::parameters(/*has_activation=*/!is_gated))
      .with(NetworkTraits{});
}

Mlp::Mlp(Kind kind, const ConfigNode& node, const BuildContext& context)
    : kind_(kind), output_shape_(context.event_shape), is_symlog_(node.text("input") == "symlog") {
  const HiddenOptions options(node, /*has_activation=*/kind == Kind::plain);
  std::int64_t in = num_elements(context.context_shape);
  for (const std::int64_t size : node.integers("hidden_sizes")) {
    const std::string index = std::to_string(layers_.size());
    layers_.push_back(
        register_module("hidden_" + index, hidden_layer(kind, in, size, options.initialization)));
    tails_.push_back(register_module("tail_" + index, std::make_shared<HiddenTail>(options, size)));
    in = size;
  }
  const std::int64_t out = num_elements(context.event_shape);
  output_ = register_module(
      "output", std::make_shared<Linear>(in, out, options.initialization, /*is_last=*/true));
}

std::vector<DenseLayer> Mlp::dense_layers() const {
  std::vector<DenseLayer> out;
  if (kind_ == Kind::gated) return out;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto nonlinearity = tails_[i]->nonlinearity();
    if (!nonlinearity) return {};
    out.push_back({layers_[i]->weight(), layers_[i]->bias(), *nonlinearity});
  }
  out.push_back({output_->weight(), output_->bias(), kernels::Nonlinearity::identity});
  return out;
}

Tensor Mlp::forward(const Tensor& input) {
  Tensor hidden = input.dim() == 2 ? input : input.flatten(1);
  if (is_symlog_) hidden = hidden.sign() * hidden.abs().log1p();
  const auto layers = dense_layers();
  Tensor output;
  if (!layers.empty() && fits_dense_stack(hidden, layers)) {
    output = dense_stack(hidden, layers);
  } else {
    for (std::size_t i = 0; i < layers_.size(); ++i)
      hidden = tails_[i]->forward(layers_[i]->forward(hidden));
    output = output_->forward(hidden);
  }
  return output_shape_.size() == 1 ? output : output.unflatten(1, output_shape_);
}

}  // namespace elbow
