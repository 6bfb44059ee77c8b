#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <ostream>

#include "elbow/probability/transforms/support.h"

namespace elbow::testing {

/// A support with the shape of an event on it.
struct SupportExample {
  Support support;
  Shape event_shape;
  TransformPtr bijection() const { return support.bijection(event_shape); }
  Shape base_shape() const { return support.unconstrained_shape(event_shape); }
};

inline void PrintTo(const SupportExample& example, std::ostream* out) {
  *out << example.support.text() << " " << at::IntArrayRef(example.event_shape);
}

inline std::string label_of(const ::testing::TestParamInfo<SupportExample>& test) {
  std::string out = test.param.support.name();
  for (const std::int64_t size : test.param.event_shape) out += "_" + std::to_string(size);
  return out;
}

/// Every support that has a bijection, each with the smallest event, a larger one, and one of
/// several parts.
inline std::vector<SupportExample> support_examples() {
  const std::vector<std::vector<Shape>> shapes = {
      {{}, {3}, {2, 3}}, {{1}, {4}, {2, 3}}, {{1, 1}, {4, 4}, {2, 3, 3}}};
  std::vector<SupportExample> out;
  for (const Support& support : all_supports())
    if (support.has_bijection())
      for (const Shape& shape : shapes.at(static_cast<std::size_t>(support.event_ndims())))
        out.push_back({support, shape});
  return out;
}

/// Those that a property is about, so that none is counted where it says nothing.
template <class Keep>
std::vector<SupportExample> support_examples_where(Keep keep) {
  std::vector<SupportExample> out;
  for (const SupportExample& example : support_examples())
    if (keep(example)) out.push_back(example);
  return out;
}

/// The batch's shape, then the event's.
inline Shape batch_of(Shape batch, const Shape& event) {
  batch.insert(batch.end(), event.begin(), event.end());
  return batch;
}

/// Standard normal numbers, times `scale`.
inline Tensor normal_numbers(const Shape& shape, std::uint64_t seed, double scale = 1) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kDouble)) * scale;
}

/// The coordinates of one event y that the log-determinant is about, as the headers of the
/// bijections name them, in one vector.
inline Tensor free_coordinates(const SupportExample& example, const Tensor& y) {
  const std::string name = example.support.name();
  if (name == "simplex") return y.narrow(-1, 0, y.size(-1) - 1).reshape({-1});
  if (example.support.event_ndims() < 2) return y.reshape({-1});
  const std::int64_t n = y.size(-1), offset = name == "cholesky_correlation" ? -1 : 0;
  return y.masked_select(at::ones({n, n}, at::kBool).tril(offset));
}

}  // namespace elbow::testing
