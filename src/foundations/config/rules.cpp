#include "elbow/foundations/config/rules.h"

#include <array>

#include "all_rules.h"

namespace elbow {

DataValues shown_values(const ConfigView& view) {
  const std::string binarize = view.text("data.binarize");
  if (view.is_true("data.binary") || (!binarize.empty() && binarize != "none"))
    return DataValues::binary;
  // Numbers of the real line, mapped onto a part of it.
  const std::string values = view.text("data.values");
  if (!values.empty() && values != "real") return DataValues::unknown;
  const auto* data = view.traits<DataTraits>("data");
  return data == nullptr ? DataValues::unknown : data->values;
}

namespace {

/// The values that the likelihood scores: none where there is no likelihood.
bool likelihood_scores(const ConfigView& view, SupportKind support) {
  const auto* likelihood = view.traits<LikelihoodTraits>("model.likelihood");
  return likelihood != nullptr && likelihood->support == support;
}

/// The likelihood's name as the user wrote it, in quotes.
std::string quoted_likelihood(const ConfigView& view) {
  return "'" + view.text("model.likelihood.type") + "'";
}

void binary_likelihoods_need_binary_data(const ConfigView& view, Violations& out) {
  const DataValues values = shown_values(view);
  if (has_events_of_its_own(view)) return;
  if (!likelihood_scores(view, SupportKind::binary) || values == DataValues::unknown ||
      values == DataValues::binary)
    return;
  const std::string data = view.text("data.type");
  if (values == DataValues::grey && view.value("data.binarize") != nullptr)
    out.push_back({"data.binarize",
                   "'none' leaves grey values in [0, 1] in " + data + ", but the likelihood " +
                       quoted_likelihood(view) + " scores 0 and 1 only",
                   "set data.binarize=dynamic, or model.likelihood.type=continuous_bernoulli"});
  else
    out.push_back({"model.likelihood.type",
                   quoted_likelihood(view) + " scores 0 and 1 only, but the data set " + data +
                       " has " + word_of(values) + " values",
                   "set model.likelihood.type=normal"});
}

void densities_of_grey_levels_need_grey_data(const ConfigView& view, Violations& out) {
  const DataValues values = shown_values(view);
  if (has_events_of_its_own(view)) return;
  const auto* likelihood = view.traits<LikelihoodTraits>("model.likelihood");
  if (!likelihood_scores(view, SupportKind::unit_interval) || likelihood->is_discrete) return;
  const std::string data = view.text("data.type"), name = quoted_likelihood(view);
  // On 0 and 1 alone its density can grow without bound: the optimum is degenerate.
  if (values == DataValues::binary && view.text("data.binarize").empty())
    out.push_back({"model.likelihood.type",
                   name + " is a density on (0, 1), but " + data + " has only 0 and 1",
                   "set model.likelihood.type=bernoulli"});
  else if (values == DataValues::binary)
    out.push_back({"model.likelihood.type",
                   name + " is a density on (0, 1), but data.binarize '" +
                       view.text("data.binarize") + "' leaves only 0 and 1",
                   "set model.likelihood.type=bernoulli, or data.binarize=none"});
  else if (values == DataValues::real)
    out.push_back({"model.likelihood.type",
                   name + " is a density on (0, 1), but " + data + " has real values",
                   "set model.likelihood.type=normal"});
}

void standardized_data_is_real(const ConfigView& view, Violations& out) {
  const auto* likelihood = view.traits<LikelihoodTraits>("model.likelihood");
  const auto* data = view.traits<DataTraits>("data");
  if (!view.is_true("data.standardize") || likelihood == nullptr ||
      likelihood->support == SupportKind::real)
    return;
  if (data != nullptr && data->values == DataValues::real) return;
  const bool is_bounded = likelihood->support == SupportKind::binary ||
                          likelihood->support == SupportKind::unit_interval ||
                          likelihood->support == SupportKind::open_unit_interval;
  const std::string why =
      is_bounded ? "outside [0, 1], where the likelihood " + quoted_likelihood(view) + " scores"
                 : "off the values that the likelihood " + quoted_likelihood(view) + " scores";
  out.push_back({"data.standardize",
                 "true moves the data " + why,
                 "set data.standardize=false, or model.likelihood.type=normal"});
}

void convolutions_need_images(const ConfigView& view, Violations& out) {
  const auto* data = view.traits<DataTraits>("data");
  if (data == nullptr || data->event != EventKind::vector) return;
  for (const char* holder : {"model.likelihood", "guide.posterior"}) {
    const std::string network = std::string(holder) + ".network";
    if (!view.has(network, &NetworkTraits::needs_images)) continue;
    out.push_back({network + ".type",
                   "'" + view.text(network + ".type") +
                       "' needs images, but the examples of the data set " +
                       view.text("data.type") + " are vectors",
                   "set " + network + "={type: mlp}"});
  }
}

void epochs_or_steps(const ConfigView& view, Violations& out) {
  const ComponentInfo* trainer = view.info("trainer");
  if (trainer == nullptr || trainer->find("epochs") == nullptr || trainer->find("steps") == nullptr)
    return;
  const bool epochs = view.value("trainer.epochs") != nullptr,
             steps = view.value("trainer.steps") != nullptr;
  if (view.has("inference", &InferenceTraits::counts_iterations)) {
    const bool has_draws = view.info("inference")->find("num_draws") != nullptr;
    if (epochs || steps)
      out.push_back(
          {epochs ? "trainer.epochs" : "trainer.steps",
           "the inference '" + view.text("inference.type") + "' counts its own iterations",
           has_draws ? "set inference.num_warmup and inference.num_draws in its place"
                     : "set inference.max_steps in its place"});
    return;
  }
  if (epochs && steps)
    out.push_back({"trainer.steps",
                   "both trainer.epochs and trainer.steps are set (expected exactly one)",
                   "remove one of them"});
  if (!epochs && !steps)
    out.push_back({"trainer",
                   "neither trainer.epochs nor trainer.steps is set (expected exactly one)",
                   "set trainer.epochs=50"});
}

void one_interval(const ConfigView& view, Violations& out) {
  constexpr std::array<std::array<const char*, 2>, 2> kPairs{
      {{"trainer.evaluate_every_epochs", "trainer.evaluate_every_steps"},
       {"trainer.checkpoint.every_epochs", "trainer.checkpoint.every_steps"}}};
  for (const auto& [epochs, steps] : kPairs)
    if (view.value(epochs) != nullptr && view.value(steps) != nullptr)
      out.push_back({steps,
                     "set together with " + std::string(epochs) + " (expected one of them)",
                     "remove one of them"});
}

void early_stopping_needs_validation(const ConfigView& view, Violations& out) {
  if (view.value("trainer.early_stopping") == nullptr) return;
  const bool can_know =
      view.traits<DataTraits>("data") != nullptr || view.value("data.validation_size") != nullptr;
  const bool own_file = view.value("data.valid") != nullptr;
  const ComponentInfo* data = view.info("data");
  const Parameter* size = data == nullptr ? nullptr : data->find("validation_size");
  // A set that makes its rows (default size above 0) has none at size 0; one that brings files
  // keeps them.
  const bool makes_them = size != nullptr && size->default_value &&
                          size->default_value->is_number() && *size->default_value > Json(0);
  const bool brings_them = view.has("data", &DataTraits::has_validation) && !makes_them;
  const bool has_any = own_file || brings_them || view.number("data.validation_size", 0) > 0;
  if (!can_know || has_any) return;
  out.push_back({"trainer.early_stopping",
                 "needs a validation set, but the data set " + view.text("data.type") +
                     " has none and data.validation_size is 0",
                 "set data.validation_size=5000, or remove trainer.early_stopping"});
}

void only_bounds_judge(const ConfigView& view, Violations& out) {
  if (view.text("trainer.early_stopping.metric") != "objective") return;
  const ComponentInfo* objective = view.info("objective");
  if (objective == nullptr) return;
  const auto* traits = objective->find_traits<ObjectiveTraits>();
  if (traits == nullptr || !traits->is_lower_bound.may_hold())
    out.push_back({"trainer.early_stopping.metric",
                   "the objective '" + objective->name +
                       "' is no lower bound, so that a higher value is no better fit",
                   "set trainer.early_stopping.metric=elbo"});
}

void checkpoints_keep_one(const ConfigView& view, Violations& out) {
  if (view.number("trainer.checkpoint.keep", 1) < 1)
    out.push_back({"trainer.checkpoint.keep",
                   "must be >= 1, or there is nothing to resume from",
                   "set trainer.checkpoint.keep=1"});
}

void batches_split_evenly_enough(const ConfigView& view, Violations& out) {
  const double batch = view.number("trainer.batch_size", 0),
               micro_batches = view.number("trainer.accumulate", 1);
  if (batch > 0 && micro_batches > batch)
    out.push_back(
        {"trainer.accumulate",
         "a batch of trainer.batch_size=" + std::to_string(static_cast<long long>(batch)) +
             " examples cannot be split into " +
             std::to_string(static_cast<long long>(micro_batches)) + " micro-batches",
         "set trainer.accumulate to at most trainer.batch_size"});
}

void latents_fit_the_data(const ConfigView& view, Violations& out) {
  const double data_size = view.number("data.data_size", 0),
               latent_size = view.number("data.latent_size", 0);
  if (data_size > 0 && latent_size > data_size)
    out.push_back({"data.latent_size",
                   "orthogonal columns need latent_size <= data_size, got data.latent_size=" +
                       std::to_string(static_cast<long long>(latent_size)) +
                       " and data.data_size=" + std::to_string(static_cast<long long>(data_size)),
                   "lower data.latent_size"});
}

using Rule = void (*)(const ConfigView&, Violations&);

/// Later rules are rows here.
constexpr Rule kRules[] = {
    binary_likelihoods_need_binary_data,
    densities_of_grey_levels_need_grey_data,
    likelihoods_score_their_values,
    grey_levels_are_bytes,
    standardized_data_is_real,
    convolutions_need_images,
    epochs_or_steps,
    one_interval,
    early_stopping_needs_validation,
    only_bounds_judge,
    checkpoints_keep_one,
    batches_split_evenly_enough,
    latents_fit_the_data,
    schedules_name_one_time,
    device_is_known,
    name_is_a_folder_name,
    log_scales_are_ordered,
    variables_have_whole_classes,
    covariates_are_given,
    named_latents_are_drawn_in_turn,
    named_latents_have_their_guide,
    enumerated_latents_come_first,
    enumerations_are_small,
    relaxations_are_of_discrete_latents,
    labels_are_not_relaxed,
    relaxations_have_their_estimator,
    relaxed_priors_are_of_single_variables,
    learned_temperatures_follow_no_schedule,
    prior_fits_the_posterior,
    flows_act_on_real_latents,
    prior_flows_have_an_inverse,
    posteriors_in_the_prior_score,
    draws_can_be_scored_again,
    densities_are_of_vectors,
    targets_are_on_real_vectors,
    programs_are_in_float64,
    context_comes_from_an_encoder,
    bounds_have_the_terms_that_are_weighted,
    estimators_fit,
    estimators_know_the_latents,
    estimators_have_their_particles,
    floors_have_closed_forms,
    free_bits_have_their_units,
    micro_batches_leave_terms_of_the_batch_alone,
    strata_have_their_bounds,
    two_losses_have_two_groups,
    forward_divergences_have_what_they_need,
    aggregates_have_their_posteriors,
    shared_latents_have_their_bound,
    models_know_the_events,
    gaps_are_for_models_that_take_them,
    masks_are_for_gaps,
    responses_are_predicted,
    classes_stay_as_they_are,
    responses_have_a_column,
    shared_latents_need_a_place_to_begin,
    model_and_data_agree,
    guides_have_something_to_do,
    exact_bounds_have_nothing_to_weigh,
    limits_are_of_learned_scales,
    models_have_their_inference,
    points_move_in_shared_latents,
    precisions_are_moved_in,
    points_move_on_the_cpu,
    sections_have_their_part,
    closed_forms_are_exact,
    steps_fit_their_batches,
    steps_satisfy_robbins_and_monro,
    conjugate_models_know_the_events,
    flat_priors_are_of_points,
};

}  // namespace

std::vector<RuleViolation> check_rules(const Json& resolved,
                                       const Schema& schema,
                                       const std::function<bool(const std::string&)>& is_broken) {
  const ConfigView view(resolved, schema);
  const auto can_rely_on = [&is_broken](const std::string& path) {
    return !is_broken || !is_broken(path);
  };
  Violations out;
  for (const Rule rule : kRules) {
    Violations found;
    view.forget_reads();
    rule(view, found);
    // A rule speaks when every key that it has looked at is right, whatever is wrong beside them.
    const auto& reads = view.reads();
    if (!std::all_of(reads.begin(), reads.end(), can_rely_on)) continue;
    for (auto& violation : found)
      if (can_rely_on(violation.path)) out.push_back(std::move(violation));
  }
  return out;
}

}  // namespace elbow
