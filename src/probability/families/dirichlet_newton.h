#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// Concentration of a Dirichlet distribution from E[ln x], [..., D].
at::Tensor dirichlet_concentration(const at::Tensor& mean_log);

}  // namespace elbow
