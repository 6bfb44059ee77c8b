#include "elbow/models/generative/sourced_masks.h"

#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

namespace elbow {

Tensor SourcedMasks::mask(const Tensor& values, double rate) {
  TORCH_CHECK(values.dim() == 3 && values.size(0) % num_draws_ == 0,
              "SourcedMasks: expected values of shape [K G, B, in] with K = ",
              num_draws_,
              ", got ",
              values.sizes());
  const std::int64_t groups = values.size(0) / num_draws_;
  const Tensor uniform =
      source_.uniform({num_draws_, values.size(1), groups, values.size(2)}, values.options());
  const Tensor is_kept = uniform.transpose(1, 2).flatten(0, 1) < 1 - rate;
  return is_kept.to(values.scalar_type()).div_(1 - rate);
}

}  // namespace elbow
