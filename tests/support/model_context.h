#pragma once

#include "elbow/models/generative/generative_model.h"

namespace elbow::testing {

/// For models that draw nothing when they are scored. @param num_examples N
inline ModelContext no_noise(std::int64_t num_examples = 1) {
  static GeneratorSource source;
  return {source, num_examples};
}

}  // namespace elbow::testing
