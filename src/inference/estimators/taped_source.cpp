#include "taped_source.h"

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

namespace elbow {

Tensor RecordingSource::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  tape_.push_back(source_.normal(shape, options));
  return tape_.back();
}

Tensor RecordingSource::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  tape_.push_back(source_.uniform(shape, options));
  return tape_.back();
}

Tensor ReplayingSource::next(at::IntArrayRef shape) {
  TORCH_CHECK(position_ < tape_.size(), "more noise is asked for than was taped");
  const Tensor& noise = tape_[position_++];
  TORCH_CHECK(noise.sizes() == shape,
              "noise of shape ",
              shape,
              " is asked for, where shape ",
              noise.sizes(),
              " was taped");
  return noise;
}

TapedNoise select_particles(const TapedNoise& tape, const Tensor& index) {
  TapedNoise out;
  for (const auto& noise : tape) {
    TORCH_CHECK(noise.dim() >= 2 && noise.size(1) == index.size(0),
                "noise of shape ",
                noise.sizes(),
                " does not begin with [K, B], so that no particle can be taken from it");
    std::vector<std::int64_t> shape = noise.sizes().vec();
    shape[0] = 1;
    std::vector<std::int64_t> ones(shape.size(), 1);
    ones[1] = shape[1];
    out.push_back(noise.gather(/*dim=*/0, index.view(ones).expand(shape)));
  }
  return out;
}

}  // namespace elbow
