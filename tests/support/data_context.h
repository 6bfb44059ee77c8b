#pragma once

#include "elbow/data/dataset/build_context.h"

namespace elbow::testing {

/// What is known of data of this shape, of which none are at hand.
inline DataContext data_of(const Shape& event_shape,
                           std::int64_t num_examples = 0,
                           std::int64_t num_responses = 0) {
  DataContext out;
  out.event_shape = event_shape;
  out.num_examples = num_examples;
  out.num_responses = num_responses;
  return out;
}

}  // namespace elbow::testing
