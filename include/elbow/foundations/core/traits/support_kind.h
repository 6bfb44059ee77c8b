#pragma once

#include <array>
#include <utility>

#include "elbow/foundations/core/traits/words.h"

namespace elbow {

/// The values that have a density or a probability.
enum class SupportKind {
  real,
  positive,
  unit_interval,
  open_unit_interval,  ///< without its ends
  simplex,             ///< positive numbers that add up to 1
  sphere,              ///< vectors of length 1
  binary,              ///< 0 and 1
  one_hot,             ///< variables of several classes, as zeros and ones
  integer,             ///< the number of a class
  count,               ///< 0, 1, 2, ...
  symbol,              ///< 0 to num_symbols - 1, a key of the component
  grid,                ///< levels in equal steps, as the keys of the component say
};

constexpr std::array<std::pair<SupportKind, const char*>, 12> words(SupportKind /*of*/) {
  return {{{SupportKind::real, "real"},
           {SupportKind::positive, "positive"},
           {SupportKind::unit_interval, "unit_interval"},
           {SupportKind::open_unit_interval, "open_unit_interval"},
           {SupportKind::simplex, "simplex"},
           {SupportKind::sphere, "sphere"},
           {SupportKind::binary, "binary"},
           {SupportKind::one_hot, "one_hot"},
           {SupportKind::integer, "integer"},
           {SupportKind::count, "count"},
           {SupportKind::symbol, "symbol"},
           {SupportKind::grid, "grid"}}};
}

/// Whether real numbers can be mapped there one to one: the class Support has the bijections.
constexpr bool has_map_from_reals(SupportKind kind) {
  return kind == SupportKind::real || kind == SupportKind::positive ||
         kind == SupportKind::unit_interval || kind == SupportKind::simplex;
}

constexpr bool is_discrete(SupportKind kind) {
  return kind == SupportKind::binary || kind == SupportKind::one_hot ||
         kind == SupportKind::integer || kind == SupportKind::count ||
         kind == SupportKind::symbol || kind == SupportKind::grid;
}

}  // namespace elbow
