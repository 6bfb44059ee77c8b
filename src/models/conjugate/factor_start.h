#pragma once

#include <cstdint>

#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Where factor analysis begins.
struct FactorStart {
  Tensor loadings;        ///< [D, Q + 1], the mean last
  Tensor noise_variance;  ///< [D]
};

/// Principal components scaled as in the maximum-likelihood solution of Tipping, Bishop,
/// "Probabilistic principal component analysis", 1999, section 3.2. Each has its largest entry
/// positive. @param x [M, D] @throws DataError when all examples are the same
FactorStart principal_start(const Tensor& x, std::int64_t num_factors);
/// Loadings drawn so that the factors explain half of every feature's variance on average.
FactorStart random_start(const Tensor& x, std::int64_t num_factors, RandomSource& source);

}  // namespace elbow
