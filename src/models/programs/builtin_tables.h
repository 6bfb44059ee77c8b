#pragma once

#include <map>
#include <string>

#include "elbow/models/programs/evaluation.h"

namespace elbow::programs {

using Builtins = std::map<std::string, Builtin>;
using Arguments = std::vector<Value>;

// Each adds its functions.
void add_elementwise(Builtins& all);
void add_arithmetic(Builtins& all);
void add_sums(Builtins& all);
void add_makers(Builtins& all);
void add_shapes(Builtins& all);
void add_matrices(Builtins& all);
void add_univariate_densities(Builtins& all);
void add_multivariate_densities(Builtins& all);
void add_draws(Builtins& all);

/// A result of the call's type.
inline Value result(const stan::Expr& call, const Tensor& tensor, bool is_batched) {
  return Value::of(call.type, tensor, is_batched);
}
inline bool any_batched(const std::vector<Value>& values) {
  for (const Value& one : values)
    if (one.is_batched) return true;
  return false;
}

}  // namespace elbow::programs
