#pragma once

#include <cstdint>

namespace elbow::kernels {

/// The densities exp(-U) of Rezende, Mohamed, "Variational inference with normalizing flows", 2015,
/// arXiv:1505.05770, table 1.
enum class Energy { u1, u2, u3, u4 };

/// ln of an unnormalised density at points of the plane, with its gradient.
template <class Real>
struct EnergyJob {
  Energy energy;
  Real reach;  ///< of the confinement, which adds (x^4 + y^4) / (2 reach^4) to U; 0: none
  std::int64_t count;
  const Real* z;      ///< [count, 2]
  Real* log_density;  ///< [count]
  Real* gradient;     ///< [count, 2], or null
};

/// Float or double, on one thread.
template <class Real>
void energy_density(const EnergyJob<Real>& job);

}  // namespace elbow::kernels
