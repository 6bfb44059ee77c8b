#pragma once

#include <cmath>

#include "elbow/runs/evaluate/posterior_draws.h"

namespace elbow {

/// A number as JSON knows it: null where it is not finite.
inline Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// {"name", "mean", "mcse", "sd", "q5", "q50", "q95", "ess_bulk", "ess_tail", "r_hat"}; null where
/// a number has no meaning.
Json json_of(const QuantitySummary& one);

/// lp__, the log density of each draw of a chain.
QuantitySummary summary_of_density(const LatentDraws& draws);

/// What a report shows of draws, for posterior.json of a run: the quantities that come first, the
/// chains one by one, and numbers to plot of the quantities to look at first: those whose chains
/// agree least, or without chains the first ones.
///
/// @param max_depth of NUTS, as for chain_facts
/// @return {"kind": "chains" | "particles" | "draws", "draws", "num_quantities", "quantities":
/// [json_of], "chains": chain_facts with "of_each": [{"acceptance", "step_size", "leapfrog_steps",
/// "divergent", "e_bfmi"}], "plots": [{"name", "histogram": {"first", "width", "density": [bins]},
/// of chains also "stride", "traces": [chains][draws] and "ranks": [chains][bins]: how often each
/// chain's draws have a rank in each twentieth of all ranks, over what is expected}]}
Json posterior_record(const LatentDraws& draws, std::int64_t max_depth);

}  // namespace elbow
