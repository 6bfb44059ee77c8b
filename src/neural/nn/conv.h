#pragma once

#include <memory>
#include <vector>

#include "conv_function.h"
#include "elbow/neural/nn/network.h"
#include "hidden.h"
#include "image_pyramid.h"
#include "linear.h"

namespace elbow {

/// One convolution, or its transpose, of [N, C, H, W], and perhaps the ReLU after it.
class ConvLayer : public Module {
 public:
  /// @param level        of the pyramid, the image side of the layer
  /// @param has_bias     per output channel
  ConvLayer(const ImagePyramid& pyramid,
            std::size_t level,
            bool is_transposed,
            bool has_bias,
            Initialization initialization);
  /// Makes the ReLU after the layer part of it: one pass over the result less.
  void end_with_relu() { options_.has_relu = true; }
  /// Lets the result have channels last, as a convolution that follows reads it best.
  void keep_channels_last() { format_ = at::MemoryFormat::ChannelsLast; }
  Tensor forward(const Tensor& input) const;

 private:
  ConvOptions options_;
  at::MemoryFormat format_ = at::MemoryFormat::Contiguous;
  Tensor weight_, bias_;
};

/// Strided convolutions down an image, then dense layers: [C, H, W] to [D].
class ConvEncoder : public Network {
 public:
  ConvEncoder(const ConfigNode& node, const BuildContext& context);
  Tensor forward(const Tensor& input) override;
  void set_output_bias(const Tensor& value) override { output_->set_bias(value); }

 private:
  std::vector<std::shared_ptr<ConvLayer>> layers_;
  std::vector<std::shared_ptr<HiddenTail>> tails_;
  std::shared_ptr<Linear> dense_, output_;
  std::shared_ptr<HiddenTail> dense_tail_;
  bool is_fused_;  // whether the convolutions do what their tails would
};

/// The encoder's mirror image: dense layers, then transposed convolutions through the same sizes:
/// [D] to [C, H, W]. The last bias is one number per pixel, so that it can hold the data's mean.
class ConvDecoder : public Network {
 public:
  ConvDecoder(const ConfigNode& node, const BuildContext& context);
  Tensor forward(const Tensor& input) override;
  void set_output_bias(const Tensor& value) override;

 private:
  Shape top_shape_;
  std::shared_ptr<Linear> dense_, to_image_;
  std::shared_ptr<HiddenTail> dense_tail_;
  std::vector<std::shared_ptr<HiddenTail>> tails_;
  std::vector<std::shared_ptr<ConvLayer>> layers_;
  Tensor output_bias_;
  bool is_fused_;  // whether the convolutions do what the tails after them would
};

ComponentInfo conv_info();
/// Encoder or decoder, by which side is an image. @throws ConfigError when not exactly one is
NetworkPtr make_conv(const ConfigNode& node, const BuildContext& context);

}  // namespace elbow
