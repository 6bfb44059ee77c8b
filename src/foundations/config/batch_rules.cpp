// What terms of single units and of whole batches can go with.
#include "flow_layers.h"
#include "guide_draws.h"

namespace elbow {
namespace {

/// Why no part of the KL belongs to a single latent unit of an example; empty where it does.
std::string why_without_units(const ConfigView& view) {
  const std::string model = view.text("model.type");
  if (view.has("model", &ModelTraits::has_global_sites))
    return "all examples of the model '" + model + "' share latents";
  if (has_flows(view)) return "guide.flows mix the units";
  for (const std::string& path : relaxation_paths(view))
    if (view.has(path, &RelaxationTraits::has_density))
      return "densities of '" + view.text(path + ".type") + "' are of all units together";
  const auto draws = guide_draws(view);
  if (draws && !draws->has_units)
    return "those of the " + guide_drawer(view) + " depend on each other";
  if (view.lacks("model.prior", &PriorTraits::has_units))
    return "those of the prior '" + view.text("model.prior.type") + "' depend on each other";
  return "";
}

/// Calls `visit(path)` for each network below `path` that normalises by its batch.
template <class Visit>
void each_batch_norm(const Json& here, const std::string& path, const Visit& visit) {
  if (here.is_object() && here.value("normalization", Json()) == Json("batch")) visit(path);
  if (here.is_object())
    for (const auto& [key, value] : here.items()) each_batch_norm(value, path + "." + key, visit);
  if (here.is_array())
    for (std::size_t i = 0; i < here.size(); ++i)
      each_batch_norm(here[i], path + "[" + std::to_string(i) + "]", visit);
}

}  // namespace

void free_bits_have_their_units(const ConfigView& view, Violations& out) {
  // Models without latents or without data have rules of their own.
  const auto* model = view.traits<ModelTraits>("model");
  if (model == nullptr || !model->needs_data || model->posterior == ApproximatePosterior::none)
    return;
  const std::string why = why_without_units(view);
  if (view.number("objective.free_bits", 0) == 0 || why.empty()) return;
  out.push_back({"objective.free_bits",
                 "is a floor under the KL of each latent unit, and " + why,
                 "set objective.free_bits_total, a floor under the whole KL, in its place"});
}

void micro_batches_leave_terms_of_the_batch_alone(const ConfigView& view, Violations& out) {
  if (view.number("trainer.accumulate", 1) <= 1) return;
  const auto refuse = [&out](const std::string& what, const std::string& way_out) {
    out.push_back({"trainer.accumulate",
                   what + ", which a micro-batch would compute of its own examples alone",
                   "set trainer.accumulate=1" + way_out});
  };
  if (view.has("objective", &ObjectiveTraits::is_about_batches))
    refuse("the objective '" + view.text("objective.type") + "' has a term of the whole batch",
           " and a trainer.batch_size that fits into memory");
  const auto* objective = view.traits<ObjectiveTraits>("objective");
  const std::vector<std::string> keys =
      objective == nullptr ? std::vector<std::string>() : objective->batch_keys;
  for (const auto& key : keys) {
    const std::string path = "objective." + key;
    if (view.value(path) == nullptr || *view.value(path) == Json(0.0)) continue;
    refuse(path + " acts on the mean KL of the whole batch", ", or remove " + path);
  }
  for (const char* section : {"model", "guide", "estimator"})
    if (const Json* found = view.value(section))
      each_batch_norm(*found, section, [&refuse](const std::string& path) {
        refuse(path + ".normalization 'batch' takes the mean and variance of the whole batch",
               ", or " + path + ".normalization=layer");
      });
}

}  // namespace elbow
