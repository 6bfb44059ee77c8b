#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/conjugate/model_checks.h"

namespace elbow::testing::far_from_zero {

/// A power of two times 5, so that multiples of 2^-20 around it are numbers of float64.
inline constexpr double kFar = 5242880;

/// Standard normal draws rounded to multiples of 2^-20.
inline Tensor draws(at::IntArrayRef shape, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  return (at::randn(shape, generator, at::kDouble) * 0x1p20).round() * 0x1p-20;
}

struct Fit {
  Globals globals;
  std::vector<double> bounds;
};

inline Fit fit(const ConjugateModel& model,
               const Tensor& x,
               int iterations,
               std::uint64_t seed = 3) {
  GeneratorSource source(at::detail::createCPUGenerator(seed));
  Fit out{model.start(initial_data(x), source), {}};
  for (int i = 0; i < iterations; ++i) {
    out.bounds.push_back(ascend(model, x, out.globals));
    model.reframe(out.globals);
  }
  return out;
}

inline void expect_never_falls(const std::vector<double>& bounds) {
  for (std::size_t i = 1; i < bounds.size(); ++i)
    EXPECT_GE(bounds[i], bounds[i - 1] - 1e-10 * std::abs(bounds[i])) << i;
}

}  // namespace elbow::testing::far_from_zero
