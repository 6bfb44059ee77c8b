#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// A mean over examples and its standard error: NaN of a single example.
struct Mean {
  double value = 0, standard_error = 0;
};

/// @param get the number of an example
template <class Example, class Get>
Mean mean_of(const std::vector<Example>& examples, Get get) {
  const double count = static_cast<double>(examples.size());
  double sum = 0, squares = 0;
  for (const auto& example : examples) sum += get(example);
  const double mean = sum / count;
  for (const auto& example : examples) squares += (get(example) - mean) * (get(example) - mean);
  return {mean,
          count > 1 ? std::sqrt(squares / (count - 1) / count)
                    : std::numeric_limits<double>::quiet_NaN()};
}

/// The two by name, for summaries.
inline Json value_and_error(const std::vector<double>& values) {
  const Mean mean = mean_of(values, [](double value) { return value; });
  return {{"value", mean.value}, {"standard_error", mean.standard_error}};
}

}  // namespace elbow
