#include "noise_tape.h"

#include <c10/util/Exception.h>

namespace elbow {

void NoiseRecorder::note(bool is_normal, at::IntArrayRef shape) {
  TORCH_CHECK(shape.size() >= 2, "a draw's noise must begin with [n, B]");
  requests_.push_back({is_normal, shape.slice(2).vec()});
}

Tensor NoiseRecorder::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  note(/*is_normal=*/true, shape);
  return generator_.normal(shape, options);
}

Tensor NoiseRecorder::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  note(/*is_normal=*/false, shape);
  return generator_.uniform(shape, options);
}

Tensor NoiseTape::normal(at::IntArrayRef, const at::TensorOptions&) { return noise_.at(next_++); }

Tensor NoiseTape::uniform(at::IntArrayRef, const at::TensorOptions&) { return noise_.at(next_++); }

}  // namespace elbow
