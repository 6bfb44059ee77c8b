#include "elbow/probability/distributions/cumulative_sum.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>

#include <cstdint>

#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {

at::Tensor scanned_sum(const at::Tensor& x) {
  std::int64_t reach = 1;
  while (reach < x.size(-1)) reach *= 2;
  // Zeros before the first number give every place of a round something to add: one padding for
  // all rounds, each of which uses up `step` of them.
  at::Tensor out = at::constant_pad_nd(x, {reach - 1, 0});
  for (std::int64_t step = 1; step < reach; step *= 2) {
    const std::int64_t left = out.size(-1) - step;
    out = out.narrow(-1, step, left) + out.narrow(-1, 0, left);
  }
  return out;
}

at::Tensor cumulative_sum(const at::Tensor& x) {
  return x.is_cpu() && !ReferenceOperators::are_those_of_devices() ? x.cumsum(-1) : scanned_sum(x);
}

}  // namespace elbow
