#pragma once

#include <cstdint>
#include <vector>

#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// Height and width of an image.
struct ImageSize {
  std::int64_t height, width;
};

/// The sizes that an image takes through a stack of strided convolutions, padding (kernel_size - 1)
/// / 2. The encoder goes down, the mirrored decoder up through the same sizes.
class ImagePyramid {
 public:
  static std::vector<Parameter> parameters();
  /// @param image [C, H, W]
  /// @throws ConfigError when the image is too small for the layers
  ImagePyramid(const ConfigNode& node, const std::vector<std::int64_t>& image);

  std::size_t num_layers() const { return channels_.size() - 1; }
  /// Of level 0 (the image) to num_layers().
  std::int64_t channels(std::size_t level) const { return channels_[level]; }
  ImageSize size(std::size_t level) const { return sizes_[level]; }
  /// [channels, height, width] of the last level.
  std::vector<std::int64_t> top_shape() const;
  std::int64_t kernel_size() const { return kernel_size_; }
  std::int64_t stride() const { return stride_; }
  std::int64_t padding() const { return (kernel_size_ - 1) / 2; }
  /// What a transposed convolution from level + 1 must add to arrive at this level's size: [height,
  /// width].
  std::vector<std::int64_t> output_padding(std::size_t level) const;

 private:
  std::int64_t kernel_size_, stride_;
  std::vector<std::int64_t> channels_;
  std::vector<ImageSize> sizes_;
};

}  // namespace elbow
