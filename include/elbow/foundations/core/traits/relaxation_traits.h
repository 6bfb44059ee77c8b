#pragma once

namespace elbow {

/// What rules know of a relaxation of discrete latents.
struct RelaxationTraits {
  static constexpr const char* kKind = "relaxation";

  bool has_density = false;  ///< of its values, under the guide and under the model
  bool is_hard = false;      ///< its values are the discrete ones; soft are their gradients alone

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("has_density", self.has_density);
    visit("is_hard", self.is_hard);
  }
};

}  // namespace elbow
