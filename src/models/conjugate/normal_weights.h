#pragma once

// Normal factors over weights whose prior precision may itself be uncertain.
#include <cstdint>
#include <string>

#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// E[w], [..., P], and E[w w^T], [..., P, P].
struct WeightMoments {
  Tensor first, second;
};
/// @param mean of a NormalFamily(P), [..., P + P P]
WeightMoments weight_moments(const Tensor& mean, std::int64_t size);

/// Natural parameters (L m, -L / 2) flat. @param weighted L m, [..., P] @param precision L, [...,
/// P, P]
/// @throws DataError saying that `what` is not determined, when L is singular to working precision
/// @param is_flat there is no prior to tell dependent columns apart
Tensor checked_natural(const Tensor& weighted,
                       const Tensor& precision,
                       const std::string& what,
                       bool is_flat);

/// sum E[ln N(w_j | m_j, 1 / a_j)] over everything, w and a independent.
/// @param log_precision E[ln a], @param precision E[a], @param squares E[(w - m)^2], broadcast
double expected_log_normal(const Tensor& log_precision,
                           const Tensor& precision,
                           const Tensor& squares);

/// Covariance [..., P, P] of a NormalFamily(P) factor; zero where it is a point mass.
Tensor weight_covariance(const GlobalFactor& factor, const Tensor& natural);

}  // namespace elbow
