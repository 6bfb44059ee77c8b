#pragma once

#include "dual.h"
#include "elbow/kernels/energies.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// ln of a Gaussian bump of height 1.
template <class Real>
ELBOW_INLINE Dual<Real> log_bump(const Dual<Real>& distance, Real scale) {
  return square(distance * (Real(1) / scale)) * Real(-0.5);
}

template <class Real>
ELBOW_INLINE Dual<Real> log_energy_density(Energy energy,
                                           const Dual<Real>& x,
                                           const Dual<Real>& y) {
  if (energy == Energy::u1) {
    const Dual<Real> ring = log_bump(length(x, y) + Real(-2), Real(0.4));
    return ring + log_add_exp(log_bump(x + Real(-2), Real(0.6)), log_bump(x + Real(2), Real(0.6)));
  }
  const Circle<Real> turned = quarter_turns<Real>(x.value);
  const Dual<Real> wave = x.through(turned.sine, turned.cosine * Real(1.57079632679489661923));
  const Dual<Real> rest = y - wave;
  if (energy == Energy::u2) return log_bump(rest, Real(0.4));
  if (energy == Energy::u3) {
    const Dual<Real> split = exp(log_bump(x + Real(-1), Real(0.6))) * Real(3);
    return log_add_exp(log_bump(rest, Real(0.35)), log_bump(rest + split, Real(0.35)));
  }
  const Dual<Real> split = sigmoid((x + Real(-1)) * Real(1 / 0.3)) * Real(3);
  return log_add_exp(log_bump(rest, Real(0.4)), log_bump(rest + split, Real(0.35)));
}

template <class Real>
void energy_density(const EnergyJob<Real>& job) {
  constexpr std::int64_t kLength = kLanesOf<Real>;
  using V = VecOf<Real>;
  const V one = broadcast_of<Real>(Real(1));
  Real lanes[2][kLength];
  for (std::int64_t begin = 0; begin < job.count; begin += kLength) {
    const std::int64_t count = job.count - begin < kLength ? job.count - begin : kLength;
    for (std::int64_t i = 0; i < kLength; ++i)
      for (int side = 0; side < 2; ++side)
        lanes[side][i] = i < count ? job.z[2 * (begin + i) + side] : Real(0);
    const Dual<Real> x{load_of<Real>(lanes[0]), one, V{}};
    const Dual<Real> y{load_of<Real>(lanes[1]), V{}, one};
    Dual<Real> out = log_energy_density(job.energy, x, y);
    if (job.reach > 0)
      out = out + (square(square(x * (Real(1) / job.reach))) +
                   square(square(y * (Real(1) / job.reach)))) *
                      Real(-0.5);
    store_up_to<Real>(job.log_density + begin, out.value, count);
    if (job.gradient == nullptr) continue;
    for (std::int64_t i = 0; i < count; ++i) {
      job.gradient[2 * (begin + i)] = out.by_x[i];
      job.gradient[2 * (begin + i) + 1] = out.by_y[i];
    }
  }
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
