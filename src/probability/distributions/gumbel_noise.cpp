#include "elbow/probability/distributions/gumbel_noise.h"

#include <ATen/core/Tensor.h>

namespace elbow {

Tensor gumbel_noise(const Shape& shape, const at::TensorOptions& options, RandomSource& source) {
  return -(-source.uniform(shape, options).log()).log();
}

Tensor logistic_noise(const Shape& shape, const at::TensorOptions& options, RandomSource& source) {
  const Tensor uniform = source.uniform(shape, options);
  return uniform.log() - (-uniform).log1p();
}

}  // namespace elbow
