#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/shape.h"

namespace elbow {

using at::Tensor;

class Transform;
using TransformPtr = std::shared_ptr<const Transform>;
/// What becomes of a parameter: its name and value to a new value.
using ParameterMap = std::function<Tensor(const std::string& name, const Tensor& value)>;

/// A differentiable bijection: an immutable value. `forward` runs from the base to the variable,
/// the direction of sampling. An event is what is mapped as a whole: a vector for layers of flows,
/// a single number for element-wise maps. Where its shape changes (a vector to a matrix), the
/// determinant is that of the free coordinates of y, which the class names.
///
/// Parameters have no batch dimensions (one transform for all), or batch dimensions [B] that
/// broadcast against x [K, B, D] (a transform of its own for each example).
class Transform {
 public:
  virtual ~Transform() = default;

  virtual std::string name() const = 0;
  /// y = f(x) and log |det df/dx|. @param x [..., event] @return [..., event of y] and [...]
  virtual std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const = 0;
  /// x = f^-1(y) and log |det df^-1/dy|. @param y [..., event of y] @return [..., event] and [...]
  /// @throws c10::Error when has_inverse() is false
  virtual std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const;
  virtual bool has_inverse() const { return true; }
  /// How many trailing dimensions of x are one event.
  virtual std::int64_t event_ndims() const { return 1; }
  /// How many trailing dimensions of y are one event.
  virtual std::int64_t output_event_ndims() const { return event_ndims(); }
  /// The shape of y for an x of this shape. @throws c10::Error when x cannot have it
  virtual Shape forward_shape(const Shape& x) const { return x; }
  /// The shape of x for a y of this shape. @throws c10::Error when y cannot have it
  virtual Shape inverse_shape(const Shape& y) const { return y; }

  /// The same transform with every parameter replaced by map(name, parameter), in a fixed order.
  virtual TransformPtr map_parameters(const ParameterMap& map) const = 0;
  /// The same transform cut from the graph: gradients still flow from y to x.
  TransformPtr detach() const;
  /// Named parameters, for tests and exports.
  std::vector<std::pair<std::string, Tensor>> parameters() const;
};

}  // namespace elbow
