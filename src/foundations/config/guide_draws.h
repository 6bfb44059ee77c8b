#pragma once

#include <optional>
#include <string>

#include "config_view.h"

namespace elbow {

/// Whether a posterior of real numbers is mapped onto latents that lie elsewhere, as the prior
/// says.
inline bool is_mapped(const PosteriorTraits& posterior, const PriorTraits* prior) {
  return posterior.latent_kind == SupportKind::real && prior != nullptr &&
         !prior->needs_posterior && prior->support != SupportKind::real &&
         has_map_from_reals(prior->support);
}

/// Where a guide names relaxations of its latents.
inline std::vector<std::string> relaxation_paths(const ConfigView& view) {
  std::vector<std::string> out;
  const auto look = [&](const std::string& posterior) {
    const std::string path = posterior + ".relaxation";
    if (view.value(path) != nullptr) out.push_back(path);
  };
  look("guide.posterior");
  if (const Json* latents = view.value("guide.latents"); latents != nullptr && latents->is_object())
    for (const auto& item : latents->items()) look("guide.latents." + item.key());
  return out;
}

/// What the draws of a guide of several named latents are, taken together: of discrete kind and
/// without a path as soon as one of them is. Nothing where model and guide do not fit each other.
inline std::optional<PosteriorTraits> named_draws(const ConfigView& view, const Json& latents) {
  PosteriorTraits out;
  for (const auto& item : latents.items()) {
    const auto* own = view.traits<LatentPosteriorTraits>("guide.latents." + item.key());
    const auto* model = view.traits<LatentTraits>("model.latents." + item.key());
    if (own == nullptr || model == nullptr) return std::nullopt;
    const SupportKind kind = model->support;
    if (!own->matches && own->latent_kind != kind) return std::nullopt;
    const bool is_relaxed = view.value("guide.latents." + item.key() + ".relaxation") != nullptr;
    out.pathwise =
        out.pathwise && (is_relaxed || (own->matches ? !is_discrete(kind) : own->pathwise));
    // One kind for all: estimators of binary latents are of a guide that has no others.
    const bool is_alone = latents.size() == 1;
    if (is_alone || !is_discrete(out.latent_kind))
      out.latent_kind = is_discrete(kind) && !is_alone ? SupportKind::one_hot : kind;
  }
  return out;
}

/// What a guide's draws are: those of its posterior, or what a guide without one says of itself.
/// Nothing where there is neither.
inline std::optional<PosteriorTraits> guide_draws(const ConfigView& view) {
  if (const auto* posterior = view.traits<PosteriorTraits>("guide.posterior")) {
    PosteriorTraits out = *posterior;
    out.pathwise = out.pathwise || view.value("guide.posterior.relaxation") != nullptr;
    // Densities of relaxed draws are compared at the draws.
    if (view.has("guide.posterior.relaxation", &RelaxationTraits::has_density))
      out.closed_form_kl.clear();
    const auto* prior = view.traits<PriorTraits>("model.prior");
    // One posterior over several latents says nothing of the units of each.
    const bool is_over_several = view.value("model.latents") != nullptr;
    if (!is_over_several && !is_mapped(*posterior, prior)) return out;
    if (!is_over_several) out.latent_kind = prior->support;
    out.has_units = false;
    out.closed_form_kl.clear();
    return out;
  }
  if (const Json* latents = view.value("guide.latents"); latents != nullptr && latents->is_object())
    return named_draws(view, *latents);
  const auto* guide = view.traits<GuideTraits>("guide");
  if (guide == nullptr || guide->from_posterior) return std::nullopt;
  PosteriorTraits out;
  out.latent_kind = guide->latent_kind;
  out.pathwise = guide->pathwise;
  out.has_units = guide->has_units;
  return out;
}

/// Who draws them, in words: "posterior 'diag_normal'", "guide 'mine'".
inline std::string guide_drawer(const ConfigView& view) {
  const std::string posterior = view.text("guide.posterior.type");
  return posterior.empty() ? "guide '" + view.text("guide.type") + "'"
                           : "posterior '" + posterior + "'";
}

}  // namespace elbow
