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

/// What is known of the data where something is built: enough to rebuild a trained model without
/// loading them.
struct DataContext {
  Shape event_shape = {};  ///< of an example; empty: there are no data
  Tensor mean = {};        ///< [event...] of the training data (after binarisation in expectation);
                           ///< undefined when the weights come from a checkpoint
  /// `count` training examples, [count, event...]; empty when the weights come from a checkpoint.
  std::function<Tensor(std::int64_t count)> examples = nullptr;
  std::int64_t num_examples = 0;   ///< N, in training
  std::int64_t num_responses = 0;  ///< the last columns of an example, for models that predict them
  /// A corpus's vocabulary, if known.
  std::shared_ptr<const std::vector<std::string>> words = nullptr;
  /// Smallest and largest value of the training data; empty when the weights come from a
  /// checkpoint.
  std::function<std::pair<double, double>()> range = nullptr;
};

}  // namespace elbow
