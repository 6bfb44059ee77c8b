#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>

#include <vector>

#include "elbow/probability/distributions/distribution_factory.h"
#include "tensor_ops.h"

namespace elbow {

using DistributionRows = std::vector<Factory<DistributionExample>::Row>;

/// Moderate random parameters, the same in every dtype up to rounding.
class ExampleParameters {
 public:
  ExampleParameters(std::uint64_t seed, at::ScalarType dtype)
      : generator_(at::make_generator<at::CPUGeneratorImpl>(seed)), dtype_(dtype) {}
  /// Within 2 * scale of `center`.
  Tensor draw(const Shape& shape, double scale, double center = 0) {
    const Tensor raw = at::randn(shape, generator_, at::TensorOptions(at::kDouble));
    return (raw.clamp(-2.0, 2.0) * scale + center).to(dtype_).detach().requires_grad_();
  }

 private:
  at::Generator generator_;
  at::ScalarType dtype_;
};

template <class Make>
DistributionRows::value_type distribution_row(const std::string& name,
                                              const std::string& summary,
                                              const std::string& paper,
                                              const DistributionRowTraits& traits,
                                              Make make) {
  ComponentInfo info = ComponentInfo::of(name, summary).source(paper).with(traits);
  DistributionExample example;
  example.make =
      [make](const Shape& batch, std::uint64_t seed, at::ScalarType dtype) -> DistributionPtr {
    ExampleParameters parameters(seed, dtype);
    return make(batch, parameters);
  };
  return {std::move(info), [example](const ConfigNode&) { return example; }};
}

/// Normals, of one or several dimensions.
DistributionRows normal_rows();
/// Other continuous families, one variable per element.
DistributionRows scalar_rows();
/// On the simplex and on the sphere.
DistributionRows bounded_vector_rows();
DistributionRows discrete_rows();
/// Counts, ordered classes and levels of a grid.
DistributionRows count_rows();
/// Soft values in place of discrete ones.
DistributionRows relaxed_rows();

}  // namespace elbow
