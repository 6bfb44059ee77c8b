#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <string>

#include "elbow/foundations/core/shape.h"

namespace elbow {

/// The shape without its trailing event. @throws c10::Error when it does not end in `event`
inline Shape batch_shape_of(at::IntArrayRef shape, const Shape& event, const std::string& name) {
  TORCH_CHECK(
      shape.size() >= event.size() && std::equal(event.rbegin(), event.rend(), shape.rbegin()),
      name,
      ": expected a shape that ends in ",
      at::IntArrayRef(event),
      ", got ",
      shape);
  return Shape(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(event.size()));
}

/// The batch's shape, then the event's.
inline Shape joined_shape(Shape batch, const Shape& event) {
  batch.insert(batch.end(), event.begin(), event.end());
  return batch;
}

}  // namespace elbow
