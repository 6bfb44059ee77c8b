#pragma once

#include "elbow/models/generative/trace.h"

namespace elbow {

/// KL of one site of the guide from the model's.
struct SiteKl {
  Tensor value;     ///< [B], [K, B] where the site is drawn given others, [] where it is shared
  Tensor per_unit;  ///< [B, L] where it is a sum over units; undefined elsewhere
};

/// The closed form, undefined value when the pair has none.
SiteKl closed_form_kl(const Site& proposed, const Site& prior);

/// KL of each latent unit of all sites, [L]: mean over the batch; closed forms where `closed_forms`
/// says so and there are any, else log q - log p of the unit at the draws.
/// @throws std::logic_error where the KL is no sum over units, or all examples share a site
Tensor kl_of_units(const Trace& model, const Trace& guide, bool closed_forms);

/// For each site of the guide, the last of them, in the guide's order, that the model's density of
/// it may depend on: itself, and whatever stands before it in the model.
std::vector<std::size_t> last_dependencies(const Trace& model, const Trace& guide);

}  // namespace elbow
