#include "image_pyramid.h"

#include "elbow/foundations/core/error.h"
#include "shape_text.h"

namespace elbow {

std::vector<Parameter> ImagePyramid::parameters() {
  return {Parameter::integers("channels",
                              "feature maps of each convolution, from the image inwards; a decoder "
                              "goes through the same list backwards")
              .defaults(Json::array({32, 64}))
              .at_least(1),
          Parameter::integer("kernel_size", "side of each kernel")
              .defaults(4)
              .at_least(1)
              .in_unit("pixels"),
          Parameter::integer("stride", "factor by which each convolution shrinks the image")
              .defaults(2)
              .at_least(1)};
}

ImagePyramid::ImagePyramid(const ConfigNode& node, const std::vector<std::int64_t>& image)
    : kernel_size_(node.integer("kernel_size")),
      stride_(node.integer("stride")),
      channels_(node.integers("channels")),
      sizes_{{image[1], image[2]}} {
  channels_.insert(channels_.begin(), image[0]);
  for (std::size_t layer = 0; layer < num_layers(); ++layer) {
    const ImageSize from = sizes_.back();
    const std::int64_t rows = from.height + 2 * padding() - kernel_size_;
    const std::int64_t columns = from.width + 2 * padding() - kernel_size_;
    if (rows < 0 || columns < 0)
      node.refuse("a " + std::to_string(image[1]) + "x" + std::to_string(image[2]) +
                      " image is too small for " + std::to_string(num_layers()) +
                      " convolutions of kernel_size " + std::to_string(kernel_size_) +
                      " and stride " + std::to_string(stride_) + ": number " +
                      std::to_string(layer + 1) + " would see " + std::to_string(from.height) +
                      "x" + std::to_string(from.width) + " pixels",
                  "use fewer channels, an odd kernel_size such as 3 or 1, or stride 1");
    sizes_.push_back({rows / stride_ + 1, columns / stride_ + 1});
  }
}

std::vector<std::int64_t> ImagePyramid::top_shape() const {
  return {channels_.back(), sizes_.back().height, sizes_.back().width};
}

std::vector<std::int64_t> ImagePyramid::output_padding(std::size_t level) const {
  // What the division by the stride dropped on the way down.
  const std::int64_t excess = 2 * padding() - kernel_size_;
  return {(sizes_[level].height + excess) % stride_, (sizes_[level].width + excess) % stride_};
}

}  // namespace elbow
