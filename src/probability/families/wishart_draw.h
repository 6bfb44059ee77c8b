#pragma once

#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Degrees of freedom nu > D - 1 of a Wishart distribution over D x D matrices from ln |E x| - E ln
/// |x| > 0.
Tensor wishart_degrees(const Tensor& log_ratio, std::int64_t size);

/// One draw of Wishart(W, nu) by Bartlett's decomposition. @param inverse_scale W^-1, [..., D, D]
Tensor wishart_draw(const Tensor& inverse_scale, const Tensor& degrees, RandomSource& source);

}  // namespace elbow
