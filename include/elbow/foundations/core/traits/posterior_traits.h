#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/core/traits/support_kind.h"

namespace elbow {

/// What rules know of the family of a posterior.
struct PosteriorTraits {
  static constexpr const char* kKind = "posterior";

  SupportKind latent_kind = SupportKind::real;  ///< the values that it draws
  bool pathwise = true;                         ///< draws have gradients in the parameters
  bool has_units = false;                       ///< latent units are independent of each other
  bool stratified = false;      ///< particles are drawn one from each of its components
  bool can_be_centred = false;  ///< may begin anywhere with any scale, as posteriors of weights do
  /// priors from which its KL has a closed form, by name
  std::vector<std::string> closed_form_kl;

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("latent_kind", self.latent_kind);
    visit("pathwise", self.pathwise);
    visit("has_units", self.has_units);
    visit("stratified", self.stratified);
    visit("can_be_centred", self.can_be_centred);
    visit("closed_form_kl", self.closed_form_kl);
  }
};

}  // namespace elbow
