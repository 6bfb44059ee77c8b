#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// Concentration a of a gamma distribution from ln E[x] - E[ln x] = ln a - digamma(a) > 0.
at::Tensor gamma_concentration(const at::Tensor& log_ratio);

}  // namespace elbow
