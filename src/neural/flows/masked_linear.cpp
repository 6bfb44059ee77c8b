#include "masked_linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "parameter_flow.h"

namespace elbow {

MaskedLinear::MaskedLinear(std::int64_t in,
                           std::int64_t out,
                           const at::Tensor& mask,
                           std::int64_t context_size,
                           bool is_zero) {
  const double bound = is_zero ? 0 : 1 / std::sqrt(static_cast<double>(in + context_size));
  weight_ = register_parameter("weight", uniform_start({out, in}, bound));
  bias_ = register_parameter("bias", uniform_start({out}, bound));
  if (context_size > 0)
    context_weight_ =
        register_parameter("context_weight", uniform_start({out, context_size}, bound));
  if (mask.defined()) mask_ = register_buffer("mask", mask);
}

at::Tensor MaskedLinear::weight() const { return mask_.defined() ? weight_ * mask_ : weight_; }

at::Tensor MaskedLinear::offset(const at::Tensor& context) const {
  if (!context_weight_.defined()) return bias_;
  TORCH_CHECK(context.defined() && context.size(-1) == context_weight_.size(1),
              "conditioner: expected a context of shape [..., ",
              context_weight_.size(1),
              "], got ",
              context.defined() ? c10::str(context.sizes()) : "none");
  return at::linear(context, context_weight_, bias_);
}

}  // namespace elbow
