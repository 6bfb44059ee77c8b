#pragma once

#include <vector>

#include "config_view.h"
#include "elbow/foundations/config/rules.h"

namespace elbow {

/// "the inference 'conjugate'", by the name that the user wrote.
inline std::string the_inference(const ConfigView& view) {
  return "the inference '" + view.text("inference.type") + "'";
}

/// What the model is shown; unknown when the data set does not say.
DataValues shown_values(const ConfigView& view);

/// The examples are sequences or word counts, which only models made for them can score.
bool has_events_of_its_own(const ConfigView& view);

using Violations = std::vector<RuleViolation>;

/// Counts, codes, levels and positive numbers.
void likelihoods_score_their_values(const ConfigView& view, Violations& out);
void grey_levels_are_bytes(const ConfigView& view, Violations& out);
/// Every schedule names exactly one way to measure its time; a cosine may name none.
void schedules_name_one_time(const ConfigView& view, Violations& out);
void device_is_known(const ConfigView& view, Violations& out);
void name_is_a_folder_name(const ConfigView& view, Violations& out);
void log_scales_are_ordered(const ConfigView& view, Violations& out);
/// In the model each is given latents above it, in the guide x and others without a circle.
void variables_have_whole_classes(const ConfigView& view, Violations& out);
void covariates_are_given(const ConfigView& view, Violations& out);
void named_latents_are_drawn_in_turn(const ConfigView& view, Violations& out);
void named_latents_have_their_guide(const ConfigView& view, Violations& out);
void enumerated_latents_come_first(const ConfigView& view, Violations& out);
void enumerations_are_small(const ConfigView& view, Violations& out);
/// Relaxations of latents: guide.posterior.relaxation, guide.latents.NAME.relaxation.
void relaxations_are_of_discrete_latents(const ConfigView& view, Violations& out);
void labels_are_not_relaxed(const ConfigView& view, Violations& out);
void relaxations_have_their_estimator(const ConfigView& view, Violations& out);
void relaxed_priors_are_of_single_variables(const ConfigView& view, Violations& out);
void learned_temperatures_follow_no_schedule(const ConfigView& view, Violations& out);
void prior_fits_the_posterior(const ConfigView& view, Violations& out);
void flows_act_on_real_latents(const ConfigView& view, Violations& out);
void prior_flows_have_an_inverse(const ConfigView& view, Violations& out);
void models_know_the_events(const ConfigView& view, Violations& out);
/// data.allow_nan is for models that have the trait `takes_gaps`, and for likelihoods that can
/// leave an element out.
void gaps_are_for_models_that_take_them(const ConfigView& view, Violations& out);
void masks_are_for_gaps(const ConfigView& view, Violations& out);
void responses_are_predicted(const ConfigView& view, Violations& out);
void classes_stay_as_they_are(const ConfigView& view, Violations& out);
void responses_have_a_column(const ConfigView& view, Violations& out);
void shared_latents_need_a_place_to_begin(const ConfigView& view, Violations& out);
void model_and_data_agree(const ConfigView& view, Violations& out);
void guides_have_something_to_do(const ConfigView& view, Violations& out);
/// A model without latents has no KL, and no draws of a guide.
void exact_bounds_have_nothing_to_weigh(const ConfigView& view, Violations& out);
void limits_are_of_learned_scales(const ConfigView& view, Violations& out);
void densities_are_of_vectors(const ConfigView& view, Violations& out);
void targets_are_on_real_vectors(const ConfigView& view, Violations& out);
void programs_are_in_float64(const ConfigView& view, Violations& out);
void context_comes_from_an_encoder(const ConfigView& view, Violations& out);
void bounds_have_the_terms_that_are_weighted(const ConfigView& view, Violations& out);
void estimators_fit(const ConfigView& view, Violations& out);
void estimators_know_the_latents(const ConfigView& view, Violations& out);
void estimators_have_their_particles(const ConfigView& view, Violations& out);
void floors_have_closed_forms(const ConfigView& view, Violations& out);
void free_bits_have_their_units(const ConfigView& view, Violations& out);
void micro_batches_leave_terms_of_the_batch_alone(const ConfigView& view, Violations& out);
void strata_have_their_bounds(const ConfigView& view, Violations& out);
void two_losses_have_two_groups(const ConfigView& view, Violations& out);
void shared_latents_have_their_bound(const ConfigView& view, Violations& out);
void forward_divergences_have_what_they_need(const ConfigView& view, Violations& out);
void aggregates_have_their_posteriors(const ConfigView& view, Violations& out);
void draws_can_be_scored_again(const ConfigView& view, Violations& out);
void posteriors_in_the_prior_score(const ConfigView& view, Violations& out);
void models_have_their_inference(const ConfigView& view, Violations& out);
void points_move_in_shared_latents(const ConfigView& view, Violations& out);
void precisions_are_moved_in(const ConfigView& view, Violations& out);
void points_move_on_the_cpu(const ConfigView& view, Violations& out);
void sections_have_their_part(const ConfigView& view, Violations& out);
void closed_forms_are_exact(const ConfigView& view, Violations& out);
void steps_fit_their_batches(const ConfigView& view, Violations& out);
void steps_satisfy_robbins_and_monro(const ConfigView& view, Violations& out);
void conjugate_models_know_the_events(const ConfigView& view, Violations& out);
void flat_priors_are_of_points(const ConfigView& view, Violations& out);

}  // namespace elbow
