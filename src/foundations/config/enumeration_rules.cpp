// Sums over discrete values: how many there are, and what stands before them.
#include <cmath>
#include <utility>

#include "all_rules.h"
#include "elbow/foundations/config/scalar.h"
#include "latent_names.h"

namespace elbow {
namespace {

std::string whole_text(double number) { return std::to_string(std::llround(number)); }

/// ln of how many values a discrete latent can take; 0 for others.
double log_count(SupportKind support, double variables, double classes) {
  if (!is_discrete(support)) return 0;
  return variables * std::log(support == SupportKind::one_hot ? classes : 2.0);
}

/// ln of how many combinations of values the discrete latents of a guide can take.
double log_combinations(const ConfigView& view) {
  constexpr double kUnknown = 1;
  double out = 0;
  for (const std::string& name : names_at(view, "model.latents")) {
    const std::string path = "model.latents." + name;
    if (const auto* latent = view.traits<LatentTraits>(path))
      out += log_count(latent->support,
                       view.number(path + ".size", kUnknown),
                       view.number(path + ".num_classes", kUnknown));
  }
  const auto* posterior = view.traits<PosteriorTraits>("guide.posterior");
  if (posterior == nullptr) return out;
  const double units = view.number("model.latent_size", kUnknown),
               classes = view.number("guide.posterior.num_classes", kUnknown);
  const bool is_one_hot = posterior->latent_kind == SupportKind::one_hot;
  return out + log_count(posterior->latent_kind, is_one_hot ? units / classes : units, classes);
}

}  // namespace

void enumerations_are_small(const ConfigView& view, Violations& out) {
  if (!view.has("estimator", &EstimatorTraits::is_exact)) return;
  const double most = view.number("estimator.max_values", 0), found = log_combinations(view);
  if (most <= 0 || found <= std::log(most) + 1e-9) return;
  const double digits = found / std::log(10.0);
  out.push_back(
      {"estimator.type",
       "'" + view.text("estimator.type") + "' lists every combination of discrete values, " +
           (digits < 15 ? whole_text(std::exp(found)) : "about 10^" + whole_text(digits)) +
           " of them, more than estimator.max_values=" + whole_text(most),
       "set estimator={type: score_function}, or make the discrete latents smaller"});
}

namespace {

/// The classes of a component of one-hot vectors; 0 of others.
double classes_of(const ConfigView& view, const std::string& path, SupportKind kind) {
  return kind == SupportKind::one_hot ? view.number(path + ".num_classes", 0) : 0;
}

}  // namespace

void variables_have_whole_classes(const ConfigView& view, Violations& out) {
  for (const std::string& name : names_at(view, "model.latents")) {
    const std::string path = "model.latents." + name;
    if (view.value(path + ".observed") != nullptr && view.number(path + ".size", 1) != 1)
      out.push_back(
          {path + ".size",
           "a label is one variable, but the size is " + whole_text(view.number(path + ".size", 1)),
           "set it to 1"});
  }
  const auto* posterior = view.traits<PosteriorTraits>("guide.posterior");
  const auto* prior = view.traits<PriorTraits>("model.prior");
  const double units = view.number("model.latent_size", 0);
  if (posterior == nullptr || prior == nullptr || units <= 0) return;
  const double of_q = classes_of(view, "guide.posterior", posterior->latent_kind),
               of_p = classes_of(view, "model.prior", prior->support);
  for (const auto& [path, classes] : {std::pair<std::string, double>{"guide.posterior", of_q},
                                      std::pair<std::string, double>{"model.prior", of_p}})
    if (classes > 0 && std::fmod(units, classes) != 0)
      out.push_back({path + ".num_classes",
                     "variables of " + whole_text(classes) + " classes do not make up the " +
                         whole_text(units) + " numbers of model.latent_size",
                     "set model.latent_size to a multiple of it"});
  if (of_q > 0 && of_p > 0 && of_q != of_p)
    out.push_back({"model.prior.num_classes",
                   "the prior's variables have " + whole_text(of_p) + " classes, the guide's " +
                       whole_text(of_q),
                   "set model.prior.num_classes=" + whole_text(of_q)});
}

void enumerated_latents_come_first(const ConfigView& view, Violations& out) {
  if (!view.has("estimator", &EstimatorTraits::is_exact)) return;
  for (const std::string& name : names_at(view, "guide.latents")) {
    const auto* own = view.traits<LatentTraits>("model.latents." + name);
    if (own == nullptr || !is_discrete(own->support)) continue;
    const std::string key = "guide.latents." + name + ".given";
    for (const std::string& other : texts_at(view, key)) {
      const auto* parent = view.traits<LatentTraits>("model.latents." + other);
      if (parent == nullptr || is_discrete(parent->support)) continue;
      out.push_back({key,
                     "'" + view.text("estimator.type") + "' lists the values of '" + name +
                         "' before anything is drawn, but the guide gives it the " +
                         word_of(parent->support) + " latent '" + other + "'",
                     "give '" + other + "' the latent '" + name +
                         "' instead, or set "
                         "estimator={type: score_function}"});
    }
  }
}

}  // namespace elbow
