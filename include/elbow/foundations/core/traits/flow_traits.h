#pragma once

#include <string>

namespace elbow {

/// What rules know of a layer of a normalizing flow.
struct FlowTraits {
  static constexpr const char* kKind = "flow";

  bool has_inverse = true;   ///< with default parameters
  bool amortizable = false;  ///< takes the key `amortized`: parameters from the encoder
  /// the key that gives a layer without an inverse one by number; may be empty
  std::string inverse_key;

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("has_inverse", self.has_inverse);
    visit("amortizable", self.amortizable);
    visit("inverse_key", self.inverse_key);
  }
};

}  // namespace elbow
