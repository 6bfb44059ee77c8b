#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// The angle in (0, pi) between a von Mises-Fisher draw and its direction, with implicit gradient:
/// density proportional to sin(angle)^(L-2) exp(kappa cos(angle)).
///
/// Wood, 1994, algorithm VM*, with symmetric beta proposals by Ulrich's formula: 26 proposals for
/// every element, none of which is accepted with probability below 1e-12 (acceptance is at least
/// 0.657, for L = 2 and large kappa).
///
/// @param log_kappa broadcastable to `shape`
Tensor sphere_angle_draw(std::int64_t L,
                         const Tensor& log_kappa,
                         const Shape& shape,
                         RandomSource& source);

/// d angle / d kappa at fixed probability. float64 only. @param angle [...] @param kappa [...]
Tensor sphere_angle_slope(std::int64_t L, const Tensor& angle, const Tensor& kappa);

}  // namespace elbow
