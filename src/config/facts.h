#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "defaults.h"
#include "elbow/config/rules.h"

namespace elbow {

inline bool contains(const Json& list, const std::string& word) {
  return std::find(list.begin(), list.end(), Json(word)) != list.end();
}

/// What rules look at: values and factory rows by dotted path. It notes what was looked at.
/// Whatever is absent is nullptr or empty, and a rule that misses something says nothing.
class Facts {
 public:
  Facts(const Json& resolved, const Schema& schema) : resolved_(resolved), schema_(schema) {}

  const Json& resolved() const { return resolved_; }
  const Schema& schema() const { return schema_; }

  /// Paths that were looked at since `forget_reads`, those of `type` for factory rows.
  const std::set<std::string>& reads() const { return reads_; }
  void forget_reads() const { reads_.clear(); }

  const Json* value(const std::string& path) const {
    reads_.insert(path);
    const Json* here = &resolved_;
    for (const auto& key : keys(path)) {
      if (!here->is_object() || !here->contains(key)) return nullptr;
      here = &here->at(key);
    }
    return here->is_null() ? nullptr : here;
  }

  std::string text(const std::string& path) const {
    const Json* found = value(path);
    return found != nullptr && found->is_string() ? found->get<std::string>() : "";
  }

  double number(const std::string& path, double otherwise) const {
    const Json* found = value(path);
    return found != nullptr && found->is_number() ? found->get<double>() : otherwise;
  }

  bool is_true(const std::string& path) const {
    const Json* found = value(path);
    return found != nullptr && found->is_boolean() && found->get<bool>();
  }

  /// The first key at or below one of the top level that somebody has set to another value than its
  /// default; empty when nobody has.
  std::string first_change(const std::string& key) const {
    const ComponentInfo* experiment = schema_.section("experiment");
    const Parameter* parameter = experiment == nullptr ? nullptr : experiment->find(key);
    const Json* found = value(key);
    if (parameter == nullptr || found == nullptr) return "";
    return elbow::first_change(schema_, *parameter, *found, key);
  }

  /// The factory row of the component that stands at a path.
  const ComponentInfo* info(const std::string& path) const {
    const ComponentInfo* here = schema_.section("experiment");
    std::string walked;
    for (const auto& key : keys(path)) {
      const Parameter* parameter = here == nullptr ? nullptr : here->find(key);
      if (parameter == nullptr) return nullptr;
      walked += (walked.empty() ? "" : ".") + key;
      here = parameter->type == ParameterType::section
                 ? schema_.section(parameter->kind)
                 : schema_.find(parameter->kind, text(walked + ".type"));
    }
    return here;
  }

  /// A text column of that row; empty when the row does not say.
  std::string property(const std::string& path, const std::string& name) const {
    const ComponentInfo* row = info(path);
    if (row == nullptr || !row->properties.is_object()) return "";
    return row->properties.value(name, Json()).is_string()
               ? row->properties.at(name).get<std::string>()
               : "";
  }

  bool has_property(const std::string& path, const std::string& name) const {
    const ComponentInfo* row = info(path);
    return row != nullptr && row->properties.is_object() && row->properties.contains(name);
  }

  bool flag(const std::string& path, const std::string& name) const {
    return has_property(path, name) && info(path)->properties.at(name) == Json(true);
  }

 private:
  static std::vector<std::string> keys(const std::string& path) {
    std::vector<std::string> out;
    for (std::size_t start = 0; start <= path.size();) {
      const std::size_t end = std::min(path.find('.', start), path.size());
      out.push_back(path.substr(start, end - start));
      start = end + 1;
    }
    return out;
  }

  const Json& resolved_;
  const Schema& schema_;
  mutable std::set<std::string> reads_;
};

/// What the model is shown: "grey", "binary" or "real"; empty when the data set does not say.
std::string shown_values(const Facts& facts);

/// The examples are sequences or word counts, which only models made for them can score.
bool has_events_of_its_own(const Facts& facts);

using Violations = std::vector<RuleViolation>;

/// Every schedule names exactly one way to measure its time; a cosine may name none.
void schedules_name_one_time(const Facts& facts, Violations& out);
void device_is_known(const Facts& facts, Violations& out);
void name_is_a_folder_name(const Facts& facts, Violations& out);
void log_scales_are_ordered(const Facts& facts, Violations& out);
void prior_fits_the_posterior(const Facts& facts, Violations& out);
void flows_act_on_real_latents(const Facts& facts, Violations& out);
void prior_flows_have_an_inverse(const Facts& facts, Violations& out);
void models_know_the_events(const Facts& facts, Violations& out);
/// data.allow_nan is for models whose row says `takes_gaps`.
void gaps_are_for_models_that_take_them(const Facts& facts, Violations& out);
void responses_are_predicted(const Facts& facts, Violations& out);
void responses_have_a_column(const Facts& facts, Violations& out);
void shared_latents_need_a_place_to_begin(const Facts& facts, Violations& out);
void model_and_data_agree(const Facts& facts, Violations& out);
void guides_have_something_to_do(const Facts& facts, Violations& out);
/// A model without latents has no KL, and no draws of a guide.
void exact_bounds_have_nothing_to_weigh(const Facts& facts, Violations& out);
void limits_are_of_learned_scales(const Facts& facts, Violations& out);
void densities_are_of_vectors(const Facts& facts, Violations& out);
void targets_are_on_real_vectors(const Facts& facts, Violations& out);
void context_comes_from_an_encoder(const Facts& facts, Violations& out);
void bounds_have_the_terms_that_are_weighted(const Facts& facts, Violations& out);
void estimators_fit(const Facts& facts, Violations& out);
void estimators_know_the_latents(const Facts& facts, Violations& out);
void estimators_have_their_particles(const Facts& facts, Violations& out);
void floors_have_closed_forms(const Facts& facts, Violations& out);
void free_bits_have_their_units(const Facts& facts, Violations& out);
void pieces_leave_terms_of_the_batch_alone(const Facts& facts, Violations& out);
void strata_have_their_bounds(const Facts& facts, Violations& out);
void two_losses_have_two_groups(const Facts& facts, Violations& out);
void shared_latents_have_their_bound(const Facts& facts, Violations& out);
void forward_divergences_have_what_they_need(const Facts& facts, Violations& out);
void aggregates_have_their_posteriors(const Facts& facts, Violations& out);
void draws_can_be_scored_again(const Facts& facts, Violations& out);
void posteriors_in_the_prior_score(const Facts& facts, Violations& out);
void models_have_their_inference(const Facts& facts, Violations& out);
void gradients_have_no_part_in_closed_forms(const Facts& facts, Violations& out);
void closed_forms_are_exact(const Facts& facts, Violations& out);
void steps_fit_their_batches(const Facts& facts, Violations& out);
void steps_satisfy_robbins_and_monro(const Facts& facts, Violations& out);
void conjugate_models_know_the_events(const Facts& facts, Violations& out);
void flat_priors_are_of_points(const Facts& facts, Violations& out);

}  // namespace elbow
