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
class ConditionalDistribution;

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
  /// C, the classes of labels; 0: there are no labels.
  std::int64_t num_classes = 0;
  std::int64_t num_covariates = 0;  ///< columns that are given and not modelled
  /// A corpus's vocabulary, if known.
  std::shared_ptr<const std::vector<std::string>> words = nullptr;
  /// Smallest and largest value of the training data; empty when the weights come from a
  /// checkpoint.
  std::function<std::pair<double, double>()> range = nullptr;
  /// Numbers may be missing: encoders are shown which (encoder_input).
  bool has_gaps = false;
  std::string program_data = "";  ///< the JSON file of a program's data; "": there is none

  /// Of what an encoder is shown.
  Shape encoder_shape() const {
    Shape out = event_shape;
    if (has_gaps) out.front() *= 2;
    return out;
  }
};

/// What is known where a network, flow, posterior, prior or likelihood is built. Each reads what
/// concerns it; configuration never repeats a size.
struct BuildContext {
  /// Of one value of what it makes or scores: a network's output, a flow's vector [D], the latents
  /// [L] of a posterior or prior, a likelihood's data.
  Shape event_shape = {};
  /// Of one value of what it is given: a network's input, a likelihood's latents [L], what the
  /// encoder of a posterior and its flows reads; empty: it is given nothing.
  Shape context_shape = {};
  DataContext data = {};
  /// The guide's q(z | x), for priors made of it.
  std::shared_ptr<ConditionalDistribution> posterior = nullptr;
  /// `count` values of what a prior is a density of, [count, event...]: known when that is the
  /// data.
  std::function<Tensor(std::int64_t count)> values = nullptr;
  std::int64_t repeat = 0;  ///< among the repeats of one row: masks and orders alternate with it

  /// D or L: how many numbers one value holds.
  std::int64_t event_size() const { return num_elements(event_shape); }
  bool is_conditional() const { return !context_shape.empty(); }
};

}  // namespace elbow
