#pragma once

#include <array>
#include <utility>

#include "elbow/core/traits/words.h"

namespace elbow {

/// The values that have a density or a probability.
enum class Support {
  real,
  positive,
  unit_interval,
  simplex,  ///< positive numbers that add up to 1
  sphere,   ///< vectors of length 1
  binary,   ///< 0 and 1
  one_hot,  ///< variables of several classes, as zeros and ones
  integer,  ///< the number of a class
  count,    ///< 0, 1, 2, ...
  symbol,   ///< 0 to num_symbols - 1, a key of the component
};

constexpr std::array<std::pair<Support, const char*>, 10> words(Support /*of*/) {
  return {{{Support::real, "real"},
           {Support::positive, "positive"},
           {Support::unit_interval, "unit_interval"},
           {Support::simplex, "simplex"},
           {Support::sphere, "sphere"},
           {Support::binary, "binary"},
           {Support::one_hot, "one_hot"},
           {Support::integer, "integer"},
           {Support::count, "count"},
           {Support::symbol, "symbol"}}};
}

}  // namespace elbow
