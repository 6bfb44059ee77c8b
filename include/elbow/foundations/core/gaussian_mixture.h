#pragma once

#include <cstdint>
#include <vector>

#include "elbow/foundations/core/component.h"

namespace elbow {

/// A mixture of M spherical Gaussians on R^D: the target and the synthetic data set of this name
/// are the same density, so its keys and its checks stand once.
struct GaussianMixture {
  std::int64_t size = 0;                   ///< D
  std::vector<std::vector<double>> means;  ///< [M][D]
  std::vector<double> scales;              ///< [M] standard deviations
  std::vector<double> weights;             ///< [M], sum 1

  /// ln of the normalised density, in nats. @param x [D]
  double log_density(const double* x) const;
  std::vector<double> mean() const;        ///< [D]
  std::vector<double> covariance() const;  ///< [D * D], row by row
};

/// The keys `size`, `means`, `scale` and `weights`.
std::vector<Parameter> gaussian_mixture_parameters();
/// @throws ConfigError when the lengths of the lists do not fit each other
GaussianMixture read_gaussian_mixture(const ConfigNode& config);

}  // namespace elbow
