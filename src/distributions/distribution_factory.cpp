#include "elbow/distributions/distribution_factory.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>

#include "elbow/distributions/bernoulli.h"
#include "elbow/distributions/categorical.h"
#include "elbow/distributions/continuous_bernoulli.h"
#include "elbow/distributions/independent.h"
#include "elbow/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

using Rows = std::vector<Factory<DistributionExample>::Row>;

/// Moderate random parameters, the same in every dtype up to rounding.
class ExampleParameters {
 public:
  ExampleParameters(std::uint64_t seed, at::ScalarType dtype)
      : generator_(at::make_generator<at::CPUGeneratorImpl>(seed)), dtype_(dtype) {}
  Tensor draw(const Shape& shape, double scale) {
    const Tensor raw = at::randn(shape, generator_, at::TensorOptions(at::kDouble));
    return (raw.clamp(-2.0, 2.0) * scale).to(dtype_).detach().requires_grad_();
  }

 private:
  at::Generator generator_;
  at::ScalarType dtype_;
};

template <class Make>
Factory<DistributionExample>::Row row(const std::string& name,
                                      const std::string& summary,
                                      const std::string& paper,
                                      Json properties,
                                      Make make) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  info.paper = paper;
  info.properties = std::move(properties);
  DistributionExample example;
  example.make =
      [make](const Shape& batch, std::uint64_t seed, at::ScalarType dtype) -> DistributionPtr {
    ExampleParameters parameters(seed, dtype);
    return make(batch, parameters);
  };
  return {std::move(info), [example](const ConfigNode&) { return example; }};
}

Json properties(const char* support, const char* event, bool has_rsample, bool is_discrete) {
  return {{"support", support},
          {"event", event},
          {"has_rsample", has_rsample},
          {"is_discrete", is_discrete}};
}

Rows continuous_rows() {
  Rows rows;
  rows.push_back(row("normal",
                     "normal, one per element, by mean and log standard deviation",
                     "",
                     properties("real", "scalar", true, false),
                     [](const Shape& batch, ExampleParameters& parameters) {
                       const Tensor loc = parameters.draw(batch, 1.0);
                       return std::make_shared<Normal>(loc, parameters.draw(batch, 0.3));
                     }));
  rows.push_back(row("diag_normal",
                     "normal with diagonal covariance over the last dimension",
                     "",
                     properties("real", "vector", true, false),
                     [](const Shape& batch, ExampleParameters& parameters) {
                       const auto shape = concatenate(batch, {2});
                       const Tensor loc = parameters.draw(shape, 1.0);
                       return std::make_shared<DiagNormal>(loc, parameters.draw(shape, 0.3));
                     }));
  rows.push_back(
      row("continuous_bernoulli",
          "continuous Bernoulli on [0, 1] by its logit",
          "Loaiza-Ganem, Cunningham, The continuous Bernoulli, 2019, arXiv:1907.06845, section 3",
          properties("unit_interval", "scalar", true, false),
          [](const Shape& batch, ExampleParameters& parameters) {
            return std::make_shared<ContinuousBernoulli>(parameters.draw(batch, 2.0));
          }));
  return rows;
}

Rows discrete_rows() {
  Rows rows;
  rows.push_back(row("bernoulli",
                     "0 or 1 by the logit",
                     "",
                     properties("binary", "scalar", false, true),
                     [](const Shape& batch, ExampleParameters& parameters) {
                       return std::make_shared<Bernoulli>(parameters.draw(batch, 1.0));
                     }));
  rows.push_back(row("categorical",
                     "class index by unnormalised log probabilities",
                     "",
                     properties("integer", "scalar", false, true),
                     [](const Shape& batch, ExampleParameters& parameters) {
                       return std::make_shared<Categorical>(
                           parameters.draw(concatenate(batch, {4}), 1.0));
                     }));
  return rows;
}

Rows all_rows() {
  Rows rows = continuous_rows();
  for (auto& discrete : discrete_rows()) rows.push_back(std::move(discrete));
  rows.push_back(row("independent",
                     "reads trailing batch dimensions of another distribution as one event",
                     "",
                     properties("real", "base", true, false),
                     [](const Shape& batch, ExampleParameters& parameters) {
                       const auto shape = concatenate(batch, {2});
                       const Tensor loc = parameters.draw(shape, 1.0);
                       auto base = std::make_shared<Normal>(loc, parameters.draw(shape, 0.3));
                       return std::make_shared<Independent>(std::move(base), 1);
                     }));
  return rows;
}

}  // namespace

const Factory<DistributionExample>& distribution_factory() {
  static const Factory<DistributionExample> factory("distribution", all_rows());
  return factory;
}

}  // namespace elbow
