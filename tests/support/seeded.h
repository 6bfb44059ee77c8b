#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>

#include <cstdint>

#include "elbow/probability/distributions/random_source.h"

namespace elbow::testing {

/// A generator of its own: the same draws for the same seed.
inline GeneratorSource seeded(std::uint64_t seed) {
  return GeneratorSource(at::make_generator<at::CPUGeneratorImpl>(seed));
}

}  // namespace elbow::testing
