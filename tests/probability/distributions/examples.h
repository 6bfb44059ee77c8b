#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/probability/distributions/distribution_factory.h"
#include "support/seeded.h"

namespace elbow::testing {

inline const ComponentInfo& info_of(const std::string& name) {
  for (const auto& row : distribution_factory().rows())
    if (row.info.name == name) return row.info;
  throw std::logic_error("no distribution is called " + name);
}

/// The factory's example of a distribution.
inline DistributionPtr example(const std::string& name,
                               const Shape& batch,
                               std::uint64_t seed,
                               at::ScalarType dtype = at::kDouble) {
  const ConfigNode node(Json{{"type", name}});
  return distribution_factory().create(node).make(batch, seed, dtype);
}

inline Shape joined(const std::vector<Shape>& parts) {
  Shape out;
  for (const Shape& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace elbow::testing
