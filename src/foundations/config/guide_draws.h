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

/// What a guide's draws are: those of its posterior, or what a guide without one says of itself.
/// Nothing where there is neither.
inline std::optional<PosteriorTraits> guide_draws(const ConfigView& view) {
  if (const auto* posterior = view.traits<PosteriorTraits>("guide.posterior")) {
    PosteriorTraits out = *posterior;
    const auto* prior = view.traits<PriorTraits>("model.prior");
    if (!is_mapped(*posterior, prior)) return out;
    out.latent_kind = prior->support;
    out.has_units = false;
    out.closed_form_kl.clear();
    return out;
  }
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
