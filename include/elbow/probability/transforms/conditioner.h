#pragma once

#include <optional>
#include <string>

#include "elbow/kernels/element_map.h"
#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// The function that gives an element bijector its parameters. The tensors it depends on stand
/// beside it, so that it can be cut from the graph like any other parameter.
struct Conditioner {
  std::vector<Tensor> tensors;
  std::function<Tensor(const std::vector<Tensor>& tensors, const Tensor& x)> function;

  /// Set where the function is a fully connected network with this between its layers, and the
  /// tensors are weight [out, in] and offset [..., out] of each layer: kernels know it.
  std::optional<kernels::NetworkActivation> activation;

  Tensor operator()(const Tensor& x) const { return function(tensors, x); }
  Conditioner map_tensors(const ParameterMap& map) const {
    Conditioner out = *this;
    for (std::size_t i = 0; i < tensors.size(); ++i)
      out.tensors[i] = map("conditioner." + std::to_string(i), tensors[i]);
    return out;
  }
};

}  // namespace elbow
