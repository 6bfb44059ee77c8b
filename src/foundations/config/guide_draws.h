#pragma once

#include <optional>
#include <string>

#include "config_view.h"

namespace elbow {

/// What a guide's draws are: those of its posterior, or what a guide without one says of itself.
/// Nothing where there is neither.
inline std::optional<PosteriorTraits> guide_draws(const ConfigView& view) {
  if (const auto* posterior = view.traits<PosteriorTraits>("guide.posterior")) return *posterior;
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
