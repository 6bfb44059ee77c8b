#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "elbow/inference/optim/optimizer.h"

namespace elbow::test {

/// The resolved configuration of a row: every default written out, then `changes`.
inline Json resolved(const std::string& type, const Json& changes = Json::object()) {
  for (const auto& row : optimizer_factory().rows()) {
    if (row.info.name != type) continue;
    Json out{{"type", type}};
    for (const auto& parameter : row.info.parameters)
      out[parameter.name] = parameter.default_value.value();
    for (const auto& [key, value] : changes.items()) {
      if (!out.contains(key)) throw std::logic_error(type + " has no parameter " + key);
      out[key] = value;
    }
    return out;
  }
  throw std::logic_error("no optimizer " + type);
}

inline OptimizerPtr make(const std::string& type,
                         const Tensor& values,
                         const Json& changes = Json::object()) {
  return optimizer_factory().create(ConfigNode(resolved(type, changes), "optimizer"), values);
}

inline Tensor rate_of(double value) { return at::full({}, value, at::kFloat); }
inline Tensor no_fault() { return at::zeros({}, at::kFloat); }

/// Equal bytes: unlike `==` it tells 0 from -0 and holds for NaN.
inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && a.is_contiguous() &&
         b.is_contiguous() && std::memcmp(a.const_data_ptr(), b.const_data_ptr(), a.nbytes()) == 0;
}

/// One optimizer with options that reach every branch of its code.
struct Variant {
  std::string type;
  Json changes;
};

inline std::vector<Variant> variants() {
  std::vector<Variant> out{
      {"adam", {{"weight_decay", 0.125}, {"beta1", 0.8}, {"beta2", 0.95}, {"eps", 1e-3}}},
      {"adam", {{"amsgrad", true}}},
      {"adam", {{"eps_place", "before_correction"}, {"eps", 1e-3}, {"initial_second_moment", 1.0}}},
      {"adamw", {{"weight_decay", 0.125}, {"amsgrad", true}}},
      {"adamax", {{"weight_decay", 0.125}, {"beta1", 0.8}, {"beta2", 0.95}, {"eps", 1e-3}}},
      {"rmsprop", {{"centered", true}, {"momentum", 0.9}, {"weight_decay", 0.125}}},
      {"rmsprop", {{"momentum", 0.5}, {"alpha", 0.9}}},
      {"rmsprop", {{"centered", true}, {"alpha", 0.5}}},
      {"sgd", {{"momentum", 0.9}, {"nesterov", true}, {"weight_decay", 0.125}}},
      {"sgd", {{"momentum", 0.9}, {"dampening", 0.25}}},
      {"sgd", {{"momentum", 0.5}}},
  };
  for (const auto& name : optimizer_factory().names()) out.push_back({name, Json::object()});
  return out;
}

}  // namespace elbow::test
