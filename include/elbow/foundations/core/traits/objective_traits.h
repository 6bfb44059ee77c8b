#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/core/traits/guarantee.h"

namespace elbow {

/// What rules know of an objective.
struct ObjectiveTraits {
  static constexpr const char* kKind = "objective";

  std::vector<std::string> estimators;  ///< those that know it, by name
  std::vector<std::string> unbiased;    ///< those of them without a bias
  std::vector<std::string> batch_keys;  ///< its keys that act on means over the batch
  Guarantee is_lower_bound;             ///< of log p(x), on average over draws
  bool of_weights = false;              ///< a function of K log-weights of each example
  bool averages_particles = false;      ///< K particles give the mean of K estimates of one bound
  bool needs_local_weights = false;     ///< the weights are those of whole examples
  bool needs_latents_of_data = false;   ///< it is about the latents of data
  bool needs_units = false;             ///< the posterior's units are independent
  bool refuses_strata = false;          ///< particles have to be alike
  bool is_about_batches = false;        ///< it has a term of the whole batch
  bool has_two_losses = false;          ///< model and guide have gradients of their own
  bool takes_no_baseline = false;       ///< weighs grad log q by itself

  /// Calls `visit(name, trait)` for each, with the names of the schema.
  template <class Self, class Visit>
  static void each(Self& self, Visit&& visit) {
    visit("estimators", self.estimators);
    visit("unbiased", self.unbiased);
    visit("batch_keys", self.batch_keys);
    visit("is_lower_bound", self.is_lower_bound);
    visit("of_weights", self.of_weights);
    visit("averages_particles", self.averages_particles);
    visit("needs_local_weights", self.needs_local_weights);
    visit("needs_latents_of_data", self.needs_latents_of_data);
    visit("needs_units", self.needs_units);
    visit("refuses_strata", self.refuses_strata);
    visit("is_about_batches", self.is_about_batches);
    visit("has_two_losses", self.has_two_losses);
    visit("takes_no_baseline", self.takes_no_baseline);
  }
};

}  // namespace elbow
