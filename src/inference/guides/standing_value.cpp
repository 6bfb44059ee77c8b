#include "elbow/inference/guides/standing_value.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "elbow/probability/distributions/one_hot_categorical.h"

namespace elbow {

Tensor standing_value(const Distribution& q) {
  const Tensor location = q.location();
  if (!q.traits().is_discrete) return location;
  const auto* one_hot = dynamic_cast<const OneHotCategorical*>(&q);
  if (one_hot == nullptr) return (location >= 0.5).to(location.scalar_type());
  const Tensor probabilities = location.unflatten(-1, {-1, one_hot->num_classes()});
  const Tensor each = at::arange(one_hot->num_classes(), location.options().dtype(at::kLong));
  return (probabilities.argmax(-1, /*keepdim=*/true) == each)
      .to(location.scalar_type())
      .flatten(-2);
}

}  // namespace elbow
