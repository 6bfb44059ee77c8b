#pragma once

#include <array>
#include <utility>

#include "elbow/foundations/core/traits/words.h"

namespace elbow {

/// The latents that an estimator can differentiate for.
enum class EstimatorLatents {
  any,
  continuous,  ///< with reparameterised draws
  discrete,
  binary,
};

constexpr std::array<std::pair<EstimatorLatents, const char*>, 4> words(EstimatorLatents /*of*/) {
  return {{{EstimatorLatents::any, "any"},
           {EstimatorLatents::continuous, "continuous"},
           {EstimatorLatents::discrete, "discrete"},
           {EstimatorLatents::binary, "binary"}}};
}

/// What rules know of a gradient estimator.
struct EstimatorTraits {
  static constexpr const char* kKind = "estimator";

  EstimatorLatents latents = EstimatorLatents::any;
  bool needs_rsample = false;  ///< differentiates through the draws
  /// is about draws of a guide; without, it differentiates whatever bound there is
  bool needs_draws = true;
  bool scores_draws = false;        ///< asks for the density of draws that have no gradient
  bool scores_draws_again = false;  ///< asks for the density of reparameterised draws as values
  bool from_draws = false;          ///< takes the KL from draws alone
  bool judges_particles = false;    ///< weighs each draw by its part of the bound
  bool compares_particles = false;  ///< needs two of them or more
  bool ignores_particles = false;   ///< one is as good as many
  bool is_exact = false;            ///< its gradient has no noise
  bool has_two_losses = false;      ///< model and guide have gradients of their own
  bool refuses_strata = false;      ///< particles have to be alike
  bool differentiates_coefficients = false;  ///< the coefficients of grad log q need derivatives

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("latents", self.latents);
    visit("needs_rsample", self.needs_rsample);
    visit("needs_draws", self.needs_draws);
    visit("scores_draws", self.scores_draws);
    visit("scores_draws_again", self.scores_draws_again);
    visit("from_draws", self.from_draws);
    visit("judges_particles", self.judges_particles);
    visit("compares_particles", self.compares_particles);
    visit("ignores_particles", self.ignores_particles);
    visit("is_exact", self.is_exact);
    visit("has_two_losses", self.has_two_losses);
    visit("refuses_strata", self.refuses_strata);
    visit("differentiates_coefficients", self.differentiates_coefficients);
  }
};

}  // namespace elbow
