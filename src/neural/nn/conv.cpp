#include "conv.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "elbow/foundations/core/error.h"
#include "shape_text.h"

namespace elbow {
namespace {

/// Whether a tail is a ReLU and nothing else, which a convolution can do as it writes its result.
bool is_only_relu(const HiddenOptions& options) {
  return options.activation == activation_by_name("relu") && options.normalization == "none" &&
         options.dropout == 0;
}

}  // namespace

ConvLayer::ConvLayer(const ImagePyramid& pyramid,
                     std::size_t level,
                     bool is_transposed,
                     bool has_bias,
                     Initialization initialization)
    : options_{std::vector<std::int64_t>(2, pyramid.stride()),
               std::vector<std::int64_t>(2, pyramid.padding()),
               is_transposed ? pyramid.output_padding(level) : std::vector<std::int64_t>{0, 0},
               is_transposed} {
  const std::int64_t outer = pyramid.channels(level), inner = pyramid.channels(level + 1);
  const std::int64_t side = pyramid.kernel_size(), area = side * side;
  // LibTorch's layout: [out, in, k, k], transposed [in, out, k, k]; both are inner first.
  weight_ = register_parameter("weight", at::empty({inner, outer, side, side}));
  const std::int64_t out = is_transposed ? outer : inner;
  if (has_bias) bias_ = register_parameter("bias", at::empty({out}));
  // An output of the transposed convolution meets one in stride^2 of the kernel's elements.
  const std::int64_t many = area,
                     few = std::max<std::int64_t>(1, area / (pyramid.stride() * pyramid.stride()));
  const Fans fans = is_transposed ? Fans{inner * few, outer * many, !has_bias}
                                  : Fans{outer * many, inner * few, false};
  initialize(initialization, fans, weight_, bias_);
}

Tensor ConvLayer::forward(const Tensor& input) const {
  return convolve(input, weight_, bias_, options_, format_);
}

ConvEncoder::ConvEncoder(const ConfigNode& node, const BuildContext& context) {
  const HiddenOptions options(node, /*has_activation=*/true);
  const ImagePyramid pyramid(node, context.context_shape);
  for (std::size_t level = 0; level < pyramid.num_layers(); ++level) {
    const std::string index = std::to_string(level);
    layers_.push_back(register_module(
        "conv_" + index,
        std::make_shared<ConvLayer>(
            pyramid, level, /*is_transposed=*/false, /*has_bias=*/true, options.initialization)));
    tails_.push_back(register_module(
        "tail_" + index, std::make_shared<HiddenTail>(options, pyramid.channels(level + 1))));
    if (!is_only_relu(options)) continue;
    layers_.back()->end_with_relu();
    if (level + 1 < pyramid.num_layers()) layers_.back()->keep_channels_last();
  }
  is_fused_ = is_only_relu(options);
  std::int64_t in = num_elements(pyramid.top_shape());
  if (node.has("hidden_size")) {
    const std::int64_t size = node.integer("hidden_size");
    dense_ =
        register_module("dense", std::make_shared<Linear>(in, size, options.initialization, false));
    dense_tail_ = register_module("dense_tail", std::make_shared<HiddenTail>(options, size));
    in = size;
  }
  output_ = register_module(
      "output",
      std::make_shared<Linear>(
          in, num_elements(context.event_shape), options.initialization, /*is_last=*/true));
}

Tensor ConvEncoder::forward(const Tensor& input) {
  Tensor hidden = input;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    hidden = layers_[i]->forward(hidden);
    if (!is_fused_) hidden = tails_[i]->forward(hidden);
  }
  hidden = hidden.flatten(1);
  if (dense_) hidden = dense_tail_->forward(dense_->forward(hidden));
  return output_->forward(hidden);
}

ConvDecoder::ConvDecoder(const ConfigNode& node, const BuildContext& context) {
  const HiddenOptions options(node, /*has_activation=*/true);
  const ImagePyramid pyramid(node, context.event_shape);
  top_shape_ = pyramid.top_shape();
  std::int64_t in = num_elements(context.context_shape);
  if (node.has("hidden_size")) {
    const std::int64_t size = node.integer("hidden_size");
    dense_ =
        register_module("dense", std::make_shared<Linear>(in, size, options.initialization, false));
    dense_tail_ = register_module("dense_tail", std::make_shared<HiddenTail>(options, size));
    in = size;
  }
  to_image_ = register_module(
      "to_image",
      std::make_shared<Linear>(in, num_elements(top_shape_), options.initialization, false));
  for (std::size_t level = pyramid.num_layers(); level-- > 0;) {
    const std::string index = std::to_string(level);
    tails_.push_back(register_module(
        "tail_" + index, std::make_shared<HiddenTail>(options, pyramid.channels(level + 1))));
    layers_.push_back(register_module("conv_" + index,
                                      std::make_shared<ConvLayer>(pyramid,
                                                                  level,
                                                                  /*is_transposed=*/true,
                                                                  /*has_bias=*/level > 0,
                                                                  options.initialization)));
    if (level == 0 || !is_only_relu(options)) continue;
    layers_.back()->end_with_relu();
    layers_.back()->keep_channels_last();
  }
  is_fused_ = is_only_relu(options);
  output_bias_ = register_parameter("output_bias", at::zeros(context.event_shape));
}

Tensor ConvDecoder::forward(const Tensor& input) {
  Tensor hidden = input;
  if (dense_) hidden = dense_tail_->forward(dense_->forward(hidden));
  hidden = to_image_->forward(hidden).unflatten(1, top_shape_);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (i == 0 || !is_fused_) hidden = tails_[i]->forward(hidden);
    hidden = layers_[i]->forward(hidden);
  }
  return hidden.add(output_bias_);
}

void ConvDecoder::set_output_bias(const Tensor& value) {
  const at::NoGradGuard no_grad;
  output_bias_.copy_(value.reshape(output_bias_.sizes()));
}

ComponentInfo conv_info() {
  NetworkTraits traits;
  traits.needs_images = true;
  return ComponentInfo::of(
             "conv", "strided convolutions: an encoder from an image, the mirrored decoder to one")
      .takes(ImagePyramid::parameters())
      .takes({Parameter::integer("hidden_size",
                                 "units of a dense layer between the convolutions and the code; "
                                 "none when absent")
                  .optional()
                  .at_least(1)})
      .takes(HiddenOptions::parameters(/*has_activation=*/true))
      .with(traits);
}

NetworkPtr make_conv(const ConfigNode& node, const BuildContext& context) {
  const bool from_image = context.context_shape.size() == 3,
             to_image = context.event_shape.size() == 3;
  if (from_image == to_image) {
    node.refuse(
        "a conv network connects an image [C, H, W] and a vector [D], but here the input has "
        "shape " +
            shape_text(context.context_shape) + " and the output " +
            shape_text(context.event_shape),
        "use a network of type mlp or gated_mlp, or data with images");
  }
  if (from_image) return std::make_shared<ConvEncoder>(node, context);
  return std::make_shared<ConvDecoder>(node, context);
}

}  // namespace elbow
