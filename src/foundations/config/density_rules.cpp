// What densities and targets, models without a likelihood or without data, can go with.
#include "flow_layers.h"

namespace elbow {
namespace {

/// A number, or a schedule that is always this number.
bool is_one(const ConfigView& view, const std::string& path) {
  const Json* value = view.value(path);
  return value == nullptr || *value == Json(1.0) ||
         (value->is_object() && view.has(path, &ScheduleTraits::is_constant) &&
          value->value("value", Json()) == Json(1.0));
}

/// A density of its own, without data.
bool is_target(const ConfigView& view) { return view.lacks("model", &ModelTraits::needs_data); }

ApproximatePosterior posterior_of(const ConfigView& view) {
  const auto* model = view.traits<ModelTraits>("model");
  return model == nullptr ? ApproximatePosterior::guide : model->posterior;
}

}  // namespace

void model_and_data_agree(const ConfigView& view, Violations& out) {
  const auto* traits = view.traits<ModelTraits>("model");
  const auto* set = view.traits<DataTraits>("data");
  if (traits == nullptr || set == nullptr) return;
  const std::string data = view.text("data.type"), model = view.text("model.type");
  if (traits->needs_data == (set->event != EventKind::none)) return;
  if (traits->needs_data)
    out.push_back({"data.type",
                   "'" + data + "' holds no data, but the model '" + model + "' is fitted to data",
                   "name a data set (elbow list data), or set model={type: target, ...}"});
  else
    out.push_back(
        {"data.type",
         "the model '" + model + "' is a density of its own and takes no data, got '" + data + "'",
         "set data={type: none}"});
}

void guides_have_something_to_do(const ConfigView& view, Violations& out) {
  const std::string model = view.text("model.type");
  const auto refuse_network = [&](const std::string& why, const std::string& way_out) {
    const ComponentInfo* posterior = view.info("guide.posterior");
    const Parameter* network = posterior == nullptr ? nullptr : posterior->find("network");
    const std::string path = "guide.posterior.network";
    const Json* found = view.value(path);
    if (network == nullptr || found == nullptr) return;
    const std::string changed = first_change(view.schema(), *network, *found, path);
    if (!changed.empty()) out.push_back({changed, why, "remove " + path + way_out});
  };
  const auto refuse_guide = [&](const std::string& why, const std::string& way_out) {
    if (!view.first_change("guide").empty())
      out.push_back({"guide", why + ", so a guide has nothing to propose", way_out});
  };
  if (is_target(view))
    refuse_network(
        "a target shows an encoder nothing: the guide's parameters are learned as they are", "");
  if (view.has("model", &ModelTraits::has_global_sites))
    refuse_network("all examples share the weights of the model '" + model +
                       "', so there is no encoder: their posterior has parameters of its own",
                   "; the network that predicts is model.hidden_sizes");
  const ApproximatePosterior posterior = posterior_of(view);
  if (posterior == ApproximatePosterior::none)
    refuse_guide("a density has no latents",
                 "remove the section guide; flows belong to model.density.flows");
  if (posterior == ApproximatePosterior::dropout)
    refuse_guide("dropout is the approximate posterior",
                 "remove the section guide, or set model.type=network_regression");
}

void exact_bounds_have_nothing_to_weigh(const ConfigView& view, Violations& out) {
  const std::string model = view.text("model.type");
  const bool is_exact = posterior_of(view) != ApproximatePosterior::guide;
  const std::string changed = is_exact ? view.first_change("objective") : "";
  if (changed.empty()) return;
  out.push_back({changed,
                 "the bound of the model '" + model +
                     "' is its likelihood: without latents there is no KL to weigh and no draw of "
                     "a guide to average over",
                 "remove the section objective"});
}

void densities_are_of_vectors(const ConfigView& view, Violations& out) {
  const auto* density = view.traits<PriorTraits>("model.density");
  if (density == nullptr) return;
  const std::string path = "model.density.type", type = view.text(path);
  if (density->needs_posterior)
    out.push_back({path,
                   "'" + type + "' is made of a guide's posteriors, and a density has no guide",
                   "set e.g. model.density.type=flow, or mixture_normal"});
  else if (density->support != SupportKind::real)
    out.push_back({path,
                   "data may lie anywhere, but '" + type + "' is a density on " +
                       word_of(density->support) + " numbers only",
                   "set e.g. model.density.type=flow, or mixture_normal"});
  else if (density->is_fixed || (view.value("model.density.learned") != nullptr &&
                                 !view.is_true("model.density.learned")))
    out.push_back({path,
                   "'" + type + "' as it stands here has nothing to learn",
                   "set e.g. model.density.type=flow, or learned: true"});
  if (shown_values(view) == DataValues::binary)
    out.push_back({"model.type",
                   "the data are 0 and 1 only, where a density grows without bound",
                   "set model.type=latent with model.likelihood.type=bernoulli"});
  each_without_inverse(
      view,
      "model.density.flows",
      [&out](const std::string& layer, const std::string& name, const std::string& help) {
        out.push_back({layer,
                       "data are scored by the inverse of the flows, but '" + name + "' has none",
                       help + "use e.g. affine_coupling, spline_coupling or maf"});
      });
}

void programs_are_in_float64(const ConfigView& view, Violations& out) {
  const bool is_program = view.has("model", &ModelTraits::is_program),
             is_of_program = view.has("data", &DataTraits::is_of_program);
  if (is_program && view.text("dtype") == "float32")
    out.push_back(
        {"dtype",
         "a program's density is a large number whose small differences count, got 'float32'",
         "set dtype=float64"});
  if (is_program && !is_of_program)
    out.push_back({"data.type",
                   "the model '" + view.text("model.type") +
                       "' reads the JSON of its data block, got '" + view.text("data.type") + "'",
                   "set data={type: program, path: F.json}, without a path where it has no data"});
  if (!is_program && is_of_program)
    out.push_back({"model.type",
                   "the data are a program's, got the model '" + view.text("model.type") + "'",
                   "set model={type: program, path: F.stan}"});
}

void targets_are_on_real_vectors(const ConfigView& view, Violations& out) {
  const auto* posterior = view.traits<PosteriorTraits>("guide.posterior");
  if (!is_target(view) || posterior == nullptr || posterior->latent_kind == SupportKind::real)
    return;
  out.push_back({"guide.posterior.type",
                 "the target '" + view.text("model.target.type") +
                     "' is a density of real vectors, but the posterior '" +
                     view.text("guide.posterior.type") + "' draws " +
                     word_of(posterior->latent_kind) + " ones",
                 "set e.g. guide.posterior.type=diag_normal"});
}

void context_comes_from_an_encoder(const ConfigView& view, Violations& out) {
  const auto refuse = [&out](const std::string& path, const Json& layer) {
    const std::string why = "the numbers should come from an encoder, and there is none here";
    if (layer.value("amortized", false))
      out.push_back({path + ".amortized", why, "remove it, or set amortized: false"});
    if (layer.value("context_size", 0) > 0)
      out.push_back({path + ".context_size", why, "remove it, or set context_size: 0"});
  };
  each_layer(view, "model.prior.flows", refuse);
  each_layer(view, "model.density.flows", refuse);
  if (is_target(view)) each_layer(view, "guide.flows", refuse);
}

void bounds_have_the_terms_that_are_weighted(const ConfigView& view, Violations& out) {
  const bool has_beta = !is_one(view, "objective.beta"),
             has_free_bits = view.number("objective.free_bits", 0) != 0,
             has_total = view.number("objective.free_bits_total", 0) != 0,
             has_capacity = view.value("objective.capacity") != nullptr,
             has_temperature = !is_one(view, "objective.inverse_temperature");
  const auto refuse = [&out](bool is_set, const char* key, const std::string& why) {
    if (is_set) out.push_back({std::string("objective.") + key, why, std::string("remove ") + key});
  };
  if (is_target(view)) {
    const std::string why =
        "the bound of a target is its KL up to a constant: without a part of it the fit stops";
    refuse(has_free_bits, "free_bits", why);
    refuse(has_total, "free_bits_total", why);
    refuse(has_capacity, "capacity", why);
  }
  refuse(has_capacity && (has_beta || has_free_bits || has_total),
         "capacity",
         "gamma |KL - C| stands in place of beta KL with its free bits: set one of them");
  refuse(has_free_bits && has_total,
         "free_bits_total",
         "free_bits are of each unit, free_bits_total of all: set one of them");
  const ComponentInfo* objective = view.info("objective");
  const bool knows_capacity = objective != nullptr && objective->find("capacity") != nullptr;
  refuse(knows_capacity && !has_capacity && !is_one(view, "objective.gamma"),
         "gamma",
         "weighs |KL - C|, and there is no capacity");
  refuse(has_temperature && (has_beta || has_free_bits || has_total || has_capacity),
         "inverse_temperature",
         "weighs log p(x, z) as a whole, and beta, free_bits and capacity its parts: set one of "
         "them");
}

}  // namespace elbow
