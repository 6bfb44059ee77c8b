#include "points_verdict.h"

#include <algorithm>
#include <cmath>

#include "elbow/models/conjugate/numbers.h"
#include "short_number.h"

namespace elbow {

std::vector<Finding> judge_spread(const Svgd& svgd) {
  const std::vector<double> held = numbers_of(svgd.held_dimensions());
  const auto size = static_cast<double>(svgd.particle_guide().joint().size());
  const std::int64_t count = svgd.particle_guide().particles().size(0);
  const double least = *std::min_element(held.begin(), held.end());
  constexpr double kShort = 0.8;
  // Below 0 the density is still climbed: nothing can be said of a spread.
  if (count < 2 || !(least > 0 && least < kShort * size)) return {};
  const std::string found = "the particles' spread accounts for " + short_number(least, "%.3g") +
                            " of " + short_number(size, "%.4g") +
                            (size == 1 ? " dimension" : " dimensions") +
                            " of the posterior, so variances are too small";
  const auto most = svgd.kernel().spread_of_simplex(count);
  constexpr double kNear = 1.1;
  const bool is_at_limit = most && static_cast<double>(count) <= size + 1 && least <= kNear * *most;
  if (is_at_limit)
    return {{"spread_at_limit",
             found + "; " + std::to_string(count) + " particles under this kernel hold at most " +
                 short_number(*most, "%.3g"),
             "more particles than dimensions (inference.num_particles), "
             "inference.kernel={type: imq}, or HMC as a yardstick"}};
  return {{"spread_short",
           found,
           std::string(svgd.has_converged() ? "" : "train until the residual is small, ") +
               "more inference.num_particles, inference.kernel={type: imq}, or "
               "inference.curvature=hessian where scales differ"}};
}

namespace {

constexpr std::int64_t kNoDepth = std::int64_t{1} << 40;

}  // namespace

std::vector<Finding> judge_chains(const LatentDraws& draws, const ConfigNode& inference) {
  const Json facts =
      chain_facts(draws, inference.has("max_depth") ? inference.integer("max_depth") : kNoDepth);
  const auto divergent = facts.at("divergent").get<std::int64_t>();
  const std::int64_t all = draws.num_chains() * draws.num_draws();
  if (!facts.at("stuck").empty())
    return {{"chains_stuck",
             std::to_string(facts.at("stuck").size()) + " of " +
                 std::to_string(draws.num_chains()) + " chains never moved (" +
                 facts.at("stuck").dump() + "): all their draws are one point",
             "a larger inference.num_warmup, or a smaller inference.step_size or start_scale",
             /*is_failure=*/true}};
  if (divergent == all)
    return {{"all_divergent",
             "every path of every chain diverged: the draws are not of this posterior",
             "another parameterisation, a larger inference.num_warmup, or "
             "inference.target_acceptance=0.99",
             /*is_failure=*/true}};
  std::vector<Finding> out;
  if (divergent > 0)
    out.push_back({"divergent",
                   std::to_string(divergent) + " of " + std::to_string(all) +
                       " paths diverged: parts of the posterior are not reached",
                   "a larger inference.target_acceptance, or another parameterisation"});
  std::size_t apart = 0;
  double worst = 0;
  constexpr double kMost = 1.01;
  for (const QuantitySummary& one : summarise_draws(draws)) {
    apart += one.r_hat > kMost;
    worst = std::max(worst, one.r_hat);
  }
  if (apart > 0)
    out.push_back({"not_mixed",
                   "the chains do not agree: R-hat is above 1.01 in " + std::to_string(apart) +
                       " of " + std::to_string(draws.names.size()) + " quantities, at most " +
                       short_number(worst, "%.3f"),
                   "a larger inference.num_warmup and inference.num_draws"});
  return out;
}

}  // namespace elbow
