#pragma once

#include <cstdint>

namespace elbow {

/// What is known of a target.
struct TargetTraits {
  static constexpr const char* kKind = "target";

  bool has_sample = false;  ///< exact draws
  std::int64_t size = 0;    ///< its dimension; 0: a key of the component says it

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("has_sample", self.has_sample);
    visit("size", self.size);
  }
};

}  // namespace elbow
