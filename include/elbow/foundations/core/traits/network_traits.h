#pragma once

namespace elbow {

/// What rules know of a network.
struct NetworkTraits {
  static constexpr const char* kKind = "network";

  bool needs_images = false;  ///< the events on its data side are images

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("needs_images", self.needs_images);
  }
};

}  // namespace elbow
