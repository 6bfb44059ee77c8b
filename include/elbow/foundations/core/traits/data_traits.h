#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "elbow/foundations/core/traits/event_kind.h"

namespace elbow {

/// What an element of an example is.
enum class DataValues {
  unknown,  ///< the files say it
  grey,     ///< levels from 0 to 1
  binary,   ///< 0 and 1
  real,
  count,  ///< 0, 1, 2, ...
};

constexpr std::array<std::pair<DataValues, const char*>, 5> words(DataValues /*of*/) {
  return {{{DataValues::unknown, "unknown"},
           {DataValues::grey, "grey"},
           {DataValues::binary, "binary"},
           {DataValues::real, "real"},
           {DataValues::count, "count"}}};
}

/// What rules know of a data set.
struct DataTraits {
  static constexpr const char* kKind = "data";

  EventKind event = EventKind::vector;
  DataValues values = DataValues::unknown;
  bool has_validation = false;      ///< with default parameters
  bool has_response = false;        ///< the last column is one
  bool is_of_program = false;       ///< the data block of a program, which the model reads
  std::vector<std::int64_t> shape;  ///< of an example, where the set has one for all; else empty

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("event", self.event);
    visit("values", self.values);
    visit("has_validation", self.has_validation);
    visit("has_response", self.has_response);
    visit("is_of_program", self.is_of_program);
    visit("shape", self.shape);
  }
};

}  // namespace elbow
