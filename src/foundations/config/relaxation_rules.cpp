// Relaxations of discrete latents: what they are of, and what goes with them.
#include "all_rules.h"
#include "guide_draws.h"

namespace elbow {
namespace {

/// What has the relaxation: "guide.posterior", or "guide.latents.NAME".
std::string holder_of(const std::string& path) { return path.substr(0, path.rfind('.')); }

/// The latent of the model that a relaxation in guide.latents is of.
std::string latent_at(const std::string& path) {
  const std::string holder = holder_of(path);
  return holder.substr(holder.rfind('.') + 1);
}

/// The latent that a relaxation is of: its support, and who it is.
struct Relaxed {
  SupportKind support;
  std::string what;  ///< "the latent 'z' is real"
};

std::optional<Relaxed> relaxed_at(const ConfigView& view, const std::string& path) {
  const std::string holder = holder_of(path);
  if (holder == "guide.posterior") {
    const auto* posterior = view.traits<PosteriorTraits>(holder);
    if (posterior == nullptr) return std::nullopt;
    const SupportKind kind = posterior->latent_kind;
    return Relaxed{kind, "the " + guide_drawer(view) + " draws " + word_of(kind) + " ones"};
  }
  const std::string name = latent_at(path);
  const auto* latent = view.traits<LatentTraits>("model.latents." + name);
  if (latent == nullptr) return std::nullopt;
  return Relaxed{latent->support, "the latent '" + name + "' is " + word_of(latent->support)};
}

std::string named(const ConfigView& view, const std::string& path) {
  return "'" + view.text(path + ".type") + "'";
}

}  // namespace

void relaxations_are_of_discrete_latents(const ConfigView& view, Violations& out) {
  for (const std::string& path : relaxation_paths(view)) {
    const auto relaxed = relaxed_at(view, path);
    if (!relaxed || relaxed->support == SupportKind::binary ||
        relaxed->support == SupportKind::one_hot)
      continue;
    out.push_back({path,
                   named(view, path) + " relaxes binary and one_hot latents, but " + relaxed->what +
                       ", and draws of it have gradients as they are",
                   "remove " + path +
                       ", or make the latent discrete: type bernoulli or "
                       "categorical"});
  }
}

void labels_are_not_relaxed(const ConfigView& view, Violations& out) {
  for (const std::string& path : relaxation_paths(view)) {
    const std::string name = latent_at(path);
    if (view.value("model.latents." + name + ".observed") == nullptr) continue;
    out.push_back({path,
                   "'" + name + "' is the label of some examples, where its value is known, but " +
                       named(view, path) + " relaxes it for all",
                   "remove " + path +
                       ", and set estimator={type: enumerate} or {type: "
                       "score_function}"});
  }
}

void relaxations_have_their_estimator(const ConfigView& view, Violations& out) {
  const auto* estimator = view.traits<EstimatorTraits>("estimator");
  if (estimator == nullptr) return;
  const std::string name = "'" + view.text("estimator.type") + "'";
  for (const std::string& path : relaxation_paths(view)) {
    const std::string relaxation = named(view, path);
    if (!estimator->needs_rsample)
      out.push_back(
          {"estimator.type",
           name +
               (estimator->is_exact ? " sums over the discrete values themselves"
                                    : " takes gradients from discrete draws, not through them") +
               ", so that the relaxation " + relaxation + " would do nothing",
           "set estimator={type: pathwise}, or remove " + path});
    else if (estimator->scores_draws_again && view.lacks(path, &RelaxationTraits::has_density))
      out.push_back({"estimator.type",
                     name +
                         " scores draws again by the density of q, but values of the relaxation " +
                         relaxation + " have no density",
                     "set estimator={type: pathwise}, or " + path + ".type=concrete"});
  }
}

void relaxed_priors_are_of_single_variables(const ConfigView& view, Violations& out) {
  const std::string path = "guide.posterior.relaxation";
  if (!view.has(path, &RelaxationTraits::has_density) ||
      !view.has("model.prior", &PriorTraits::needs_posterior))
    return;
  out.push_back(
      {path + ".type",
       named(view, path) + " relaxes the model's prior as it does q, but " +
           named(view, "model.prior") + " is a mixture of posteriors, which has no such relaxation",
       "set " + path +
           ".type=gumbel_softmax, or model.prior.type=" + view.text("guide.posterior.type")});
}

void learned_temperatures_follow_no_schedule(const ConfigView& view, Violations& out) {
  for (const std::string& path : relaxation_paths(view)) {
    if (!view.is_true(path + ".learned") ||
        !view.lacks(path + ".temperature", &ScheduleTraits::is_constant))
      continue;
    out.push_back(
        {path + ".temperature",
         "a learned temperature begins at a number and follows no schedule, but this is '" +
             view.text(path + ".temperature.type") + "'",
         "set " + path + ".temperature=1.0, or " + path + ".learned=false"});
  }
}

}  // namespace elbow
