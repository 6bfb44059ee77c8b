#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "elbow/probability/families/family_factory.h"

namespace elbow::testing {

inline ExponentialFamilyPtr make_family(const std::string& name, std::int64_t size) {
  for (const auto& row : family_factory().rows()) {
    if (row.info.name != name) continue;
    Json node = {{"type", name}};
    if (!row.info.parameters.empty()) node["size"] = size;
    return row.create(ConfigNode(node));
  }
  throw std::logic_error("no family " + name);
}

/// Natural parameters [rows, P] inside the space, by draws of a fixed generator: from means of
/// random events, which are inside whatever the family is.
inline Tensor example_parameters(const ExponentialFamily& family,
                                 std::int64_t rows,
                                 std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const auto options = at::TensorOptions().dtype(at::kDouble);
  const auto positive = [&](at::IntArrayRef shape, double from, double to) {
    return at::rand(shape, generator, options) * (to - from) + from;
  };
  const auto normal = [&](at::IntArrayRef shape) { return at::randn(shape, generator, options); };
  const std::string name = family.name();
  const std::int64_t p = family.natural_size(), e = family.event_size();
  if (name == "gamma") return family.natural({positive({rows}, 0.7, 6), positive({rows}, 0.3, 3)});
  if (name == "beta") return family.natural({positive({rows}, 0.7, 6), positive({rows}, 0.7, 6)});
  if (name == "dirichlet") return family.natural({positive({rows, p}, 0.6, 5)});
  if (name == "categorical") return normal({rows, p}).log_softmax(-1);
  const std::int64_t d =
      name == "normal"         ? e
      : name == "normal_gamma" ? e - 1
      : name == "wishart"      ? static_cast<std::int64_t>(std::llround(std::sqrt(e)))
                          : (static_cast<std::int64_t>(std::llround(std::sqrt(4 * e + 1))) - 1) / 2;
  const Tensor root = normal({rows, d, d});
  const Tensor matrix = root.matmul(root.transpose(-1, -2)) + 0.5 * at::eye(d, options);
  const Tensor degrees =
      positive({rows}, static_cast<double>(d) + 1.0, static_cast<double>(d) + 6.0);
  if (name == "normal") return family.natural({normal({rows, d}), matrix});
  if (name == "normal_gamma")
    return family.natural(
        {normal({rows, d}), matrix, positive({rows}, 1.2, 6), positive({rows}, 0.3, 3)});
  if (name == "wishart") return family.natural({matrix, degrees});
  return family.natural({normal({rows, d}), positive({rows}, 0.5, 4), matrix, degrees});
}

}  // namespace elbow::testing
