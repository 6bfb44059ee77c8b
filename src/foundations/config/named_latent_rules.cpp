// Several named latents: what each may be given, in the model and in the guide.
#include <algorithm>
#include <map>

#include "all_rules.h"
#include "elbow/foundations/core/condition_names.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/foundations/core/drawing_order.h"
#include "latent_names.h"

namespace elbow {
namespace {

bool needs_images(const ConfigView& view, const std::string& holder) {
  return view.has(holder + ".network", &NetworkTraits::needs_images);
}

/// Latents that wait for each other, by name.
Names in_a_circle(const std::map<std::string, Names>& given) {
  Names all, out;
  for (const auto& item : given) all.push_back(item.first);
  const Names drawn = drawing_order(all, given);
  for (const std::string& name : all)
    if (!contains(drawn, name)) out.push_back(name);
  return out;
}

bool data_have_labels(const ConfigView& view) {
  return view.is_true("data.labels") || view.value("data.label") != nullptr ||
         view.number("data.num_classes", 0) > 0;
}

/// The latent that labels show; empty where there is none.
std::string labelled_latent(const ConfigView& view) {
  for (const std::string& name : names_at(view, "model.latents"))
    if (view.value("model.latents." + name + ".observed") != nullptr) return name;
  return "";
}

/// How these data get labels.
std::string key_of_labels(const ConfigView& view) {
  const ComponentInfo* data = view.info("data");
  const auto takes = [data](const char* key) { return data != nullptr && data->find(key); };
  if (takes("num_classes")) return "set data.num_classes=10, the kinds of images that are drawn";
  if (takes("labels")) return "set data.labels=true, with labels in files beside the images";
  if (takes("label")) return "set data.label to a column of the table";
  return "take a table with data.label, or images with data.labels=true";
}

/// Something that is given the label: the data have to have one, and nobody may draw it.
void check_given_label(const ConfigView& view, const std::string& key, Violations& out) {
  if (!contains(texts_at(view, key), kLabel)) return;
  const std::string latent = labelled_latent(view);
  if (!latent.empty())
    out.push_back({key,
                   "the label is the latent '" + latent + "' of this model",
                   "write '" + latent + "' in place of 'label'"});
  else if (!data_have_labels(view))
    out.push_back({key,
                   "it is given the label of each example, but the data '" +
                       view.text("data.type") + "' have no labels here",
                   key_of_labels(view)});
}

bool data_have_covariates(const ConfigView& view) {
  return !texts_at(view, "data.covariates").empty() || view.number("data.num_covariates", 0) > 0;
}

/// Something that is given conditions: the data have to say them.
void check_given_conditions(const ConfigView& view, const std::string& key, Violations& out) {
  check_given_label(view, key, out);
  const Names names = texts_at(view, key);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (std::count(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) == 1)
      out.push_back({key, "'" + names[i] + "' stands there twice", "remove one of them"});
  const ComponentInfo* data = view.info("data");
  if (contains(names, kCovariates) && !data_have_covariates(view))
    out.push_back({key,
                   "it is given the covariates of each example, but the data '" +
                       view.text("data.type") + "' have none here",
                   data != nullptr && data->find("covariates") != nullptr
                       ? "name their columns: data.covariates=[COLUMN, ...]"
                       : "covariates are columns of a table: data.type=table, data.covariates"});
}

/// Means in proportion to the total of an example's counts.
void check_sized_likelihood(const ConfigView& view, const std::string& key, Violations& out) {
  if (!contains(texts_at(view, key), kLibrarySize)) return;
  if (view.lacks("model.likelihood", &LikelihoodTraits::takes_library_size))
    out.push_back({key,
                   "the library size is the total of counts, but '" +
                       view.text("model.likelihood.type") + "' scores no counts",
                   "remove it, or set model.likelihood.type=negative_binomial"});
  if (view.is_true("data.allow_nan") || view.value("data.missing") != nullptr)
    out.push_back({key,
                   "of an example with missing numbers nobody knows the total",
                   "remove it, or the rows with gaps and data.allow_nan"});
}

void check_model_latent(const ConfigView& view,
                        const std::string& name,
                        const Names& before,
                        const Names& all,
                        Violations& out) {
  const std::string path = "model.latents." + name, key = path + ".given";
  const Names given = texts_at(view, key);
  check_given_conditions(view, key, out);
  if (view.value(path + ".observed") != nullptr && !data_have_labels(view))
    out.push_back({path + ".observed",
                   "'" + name + "' is the label of each example, but the data '" +
                       view.text("data.type") + "' have no labels here",
                   key_of_labels(view) + "; or remove it"});
  for (const std::string& other : given) {
    if (contains(before, other) || is_condition(other)) continue;
    const bool is_later = contains(all, other);
    out.push_back(
        {key,
         is_later ? "'" + name + "' is given '" + other +
                        "', which is not drawn before it: the model draws its latents in "
                        "the order of the file"
                  : "'" + other + "' is no latent of the model (it has " + comma_list(all) +
                        "), nor what data say of an example (" + kConditions + ")",
         is_later ? "write '" + other + "' above '" + name + "', or do not give it" : ""});
  }
  if (!given.empty() && view.lacks(path, &LatentTraits::takes_given))
    out.push_back({path + ".type",
                   "'" + view.text(path + ".type") + "' is a prior by itself, but '" + name +
                       "' is given " + comma_list(given),
                   "set its type to a family with a network, e.g. diag_normal"});
  if (!given.empty() && needs_images(view, path))
    out.push_back(
        {path + ".network.type",
         "'" + view.text(path + ".network.type") + "' needs images, but latents are vectors",
         "set " + path + ".network={type: mlp}"});
}

/// One posterior over all latents maps real numbers onto their supports.
void check_joint_guide(const ConfigView& view, const Names& latents, Violations& out) {
  if (!view.has("guide", &GuideTraits::from_posterior)) return;
  for (const std::string& name : latents) {
    const auto* traits = view.traits<LatentTraits>("model.latents." + name);
    if (traits == nullptr || has_map_from_reals(traits->support)) continue;
    out.push_back({"guide",
                   "the latent '" + name + "' is " + word_of(traits->support) +
                       ", onto which the guide '" + view.text("guide.type") +
                       "' maps no real numbers",
                   "set guide.latents, a posterior for each latent: guide.latents={" + name +
                       ": {given: [x]}, ...}"});
  }
}

void check_guide_latent(const ConfigView& view,
                        const std::string& name,
                        const Names& latents,
                        Violations& out) {
  const std::string path = "guide.latents." + name, key = path + ".given";
  const std::string known = " (it has " + comma_list(latents) + ")";
  if (!contains(latents, name)) {
    out.push_back({path,
                   "'" + name + "' is no latent of the model" + known,
                   "remove it, or add it to model.latents"});
    return;
  }
  const Names given = texts_at(view, key);
  for (const std::string& other : given)
    if (other == name || (other != "x" && !is_condition(other) && !contains(latents, other)))
      out.push_back({key,
                     "'" + other + "' is " +
                         (other == name ? "the latent itself"
                                        : "neither x, nor what data say of an example (" +
                                              std::string(kConditions) +
                                              "), nor a latent of the model" + known),
                     ""});
  check_given_conditions(view, key, out);
  if (view.value("model.latents." + name + ".observed") != nullptr)
    for (const std::string& other : given)
      if (contains(latents, other))
        out.push_back({key,
                       "'" + name +
                           "' is the label, whose posterior classifies x, but it is given "
                           "the latent '" +
                           other + "'",
                       "give '" + other + "' the latent '" + name + "' instead"});
  if (needs_images(view, path) && given != Names{"x"})
    out.push_back({path + ".network.type",
                   "'" + view.text(path + ".network.type") +
                       "' needs images, but its input is x and latents side by side",
                   "set " + path + ".network={type: mlp}, or " + key + "=[x]"});
  const auto* own = view.traits<LatentPosteriorTraits>(path);
  const auto* model = view.traits<LatentTraits>("model.latents." + name);
  if (own != nullptr && model != nullptr && !own->matches && own->latent_kind != model->support)
    out.push_back({path + ".type",
                   "'" + view.text(path + ".type") + "' draws " + word_of(own->latent_kind) +
                       " latents, but the model's '" + name + "' is " + word_of(model->support),
                   "remove it: the usual family on its support is taken"});
}

/// Whether a latent of the model or its likelihood is given a condition.
bool model_is_given(const ConfigView& view, const std::string& condition) {
  if (contains(texts_at(view, "model.likelihood.given"), condition)) return true;
  for (const std::string& name : names_at(view, "model.latents"))
    if (contains(texts_at(view, "model.latents." + name + ".given"), condition)) return true;
  return false;
}

}  // namespace

void covariates_are_given(const ConfigView& view, Violations& out) {
  if (view.value("data.covariates") == nullptr || model_is_given(view, kCovariates)) return;
  out.push_back(
      {"data.covariates",
       "the model '" + view.text("model.type") + "' is given no covariates",
       names_at(view, "model.latents").empty()
           ? "remove it, or name the latents of the model and what they are given: "
             "model={latents: {z: {size: 2, given: [covariates], network: {type: mlp}}}}"
           : "remove it, or add 'covariates' to model.likelihood.given or to a latent's"});
}

void named_latents_are_drawn_in_turn(const ConfigView& view, Violations& out) {
  const Names all = names_at(view, "model.latents");
  const std::string key = "model.likelihood.given";
  if (all.empty()) {
    if (view.value(key) != nullptr)
      out.push_back({key,
                     "the model '" + view.text("model.type") + "' names no latents to choose from",
                     "remove it, or name the latents: model.latents={z: {size: 20}}"});
    return;
  }
  Names before;
  for (const std::string& name : all) {
    if (name == "x" || name == "likelihood" || is_condition(name))
      out.push_back({"model.latents." + name,
                     "'" + name + "' is the name of " +
                         (name == "x"          ? "the data"
                          : is_condition(name) ? "what the data say of an example"
                                               : "p(x | latents)"),
                     name == kLabel ? "give the latent another name, and set its observed: label"
                                    : "give the latent another name"});
    check_model_latent(view, name, before, all, out);
    before.push_back(name);
  }
  check_given_conditions(view, key, out);
  check_sized_likelihood(view, key, out);
  for (const std::string& name : texts_at(view, key))
    if (!contains(all, name) && !is_condition(name))
      out.push_back({key,
                     "'" + name + "' is no latent of the model (it has " + comma_list(all) +
                         "), nor what data say of an example (" + kConditions + ")",
                     ""});
}

void named_latents_have_their_guide(const ConfigView& view, Violations& out) {
  const Names latents = names_at(view, "model.latents"), guided = names_at(view, "guide.latents");
  if (latents.empty() && guided.empty()) return;
  if (latents.empty()) {
    out.push_back({"guide.latents",
                   "the model '" + view.text("model.type") + "' names no latents",
                   "name them: model.latents={z: {size: 20}}, or remove guide.latents"});
    return;
  }
  for (const std::string& name : latents)
    if (view.has("model.latents." + name, &LatentTraits::needs_posterior) &&
        (guided.empty() || texts_at(view, "guide.latents." + name + ".given") != Names{"x"}))
      out.push_back(
          {"model.latents." + name + ".type",
           "'" + view.text("model.latents." + name + ".type") + "' is made of the posterior of '" +
               name + "' given x alone, which this guide does not have",
           "set guide.latents." + name + ".given=[x], or another type, e.g. mixture_normal"});
  if (guided.empty()) return check_joint_guide(view, latents, out);
  if (view.number("guide.label_weight", 0) > 0 && labelled_latent(view).empty())
    out.push_back({"guide.label_weight",
                   "no latent of the model is the label",
                   "set observed: label for one of model.latents, or remove it"});
  std::map<std::string, Names> given;
  for (const std::string& name : latents) {
    given[name] = texts_at(view, "guide.latents." + name + ".given");
    if (!contains(guided, name))
      out.push_back({"guide.latents",
                     "the model's latent '" + name + "' has no posterior",
                     "add " + name + ": {given: [x]}"});
  }
  for (const std::string& name : guided) check_guide_latent(view, name, latents, out);
  const Names circle = in_a_circle(given);
  if (circle.size() > 1)
    out.push_back({"guide.latents." + circle.front() + ".given",
                   "the latents " + comma_list(circle) +
                       " wait for each other: each is given one that is drawn after it",
                   "let one of them be given x alone"});
}

}  // namespace elbow
