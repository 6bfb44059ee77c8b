#pragma once

#include <vector>

#include "elbow/probability/targets/target.h"
#include "elbow/runs/evaluate/posterior_draws.h"

namespace elbow {

/// The pairs of quantities that depend on each other most, for a report: by the rank correlation
/// of the values, or of the distance of one from its median with the other, which a funnel has. Of
/// a guide whose importance weights can be used: in the posterior that these stand for.
///
/// @param quantities where those to choose from stand; the first hundred are looked at
/// @return [{"x", "y" (names), "rank_correlation", "points": [[x, y], ...], of chains with
/// divergent paths "divergent": the same, of a guide whose weights can be used "posterior": the
/// same of draws that were taken again with these}]
Json pairs_record(const LatentDraws& draws,
                  const std::vector<std::size_t>& quantities,
                  std::uint64_t seed);

/// Posterior predictive checks: what replications of the data look like beside them.
///
/// Gelman, Meng, Stern, "Posterior predictive assessment of model fitness via realized
/// discrepancies", Statistica Sinica 6, 1996.
/// @return [{"name", "count", "intervals": [{"q5", "q25", "q50", "q75", "q95", "observed"}] of the
/// first elements, and where the data are known "statistics": [{"name", "observed", "q5", "q50",
/// "q95", "share_above"}], "inside_50", "inside_90" (shares of the data) and "histogram": {"first",
/// "width", "observed", "low", "high": densities}}]
Json predictive_record(const LatentDraws& draws, const std::vector<Replication>& replications);

}  // namespace elbow
