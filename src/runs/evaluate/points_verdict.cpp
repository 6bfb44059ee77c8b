#include "points_verdict.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "elbow/runs/evaluate/posterior_record.h"
#include "short_number.h"

namespace elbow {

std::vector<Finding> judge_spread(const Svgd& svgd) {
  const Tensor held = svgd.held_dimensions();  // [G, U]
  const auto size = static_cast<double>(held.size(1));
  const std::int64_t count = svgd.particle_guide().particles().size(0);
  if (count < 2 || !held.isfinite().all().item<bool>()) return {};
  const Tensor& points = svgd.particle_guide().particles();
  if ((points - points.mean(0, /*keepdim=*/true)).abs().max().item<double>() == 0)
    return {{"one_point",
             "all particles are one point, and move as one",
             "inference.start_scale above 0"}};
  const double least = held.sum(1).min().item<double>();
  const std::string to_rest =
      svgd.has_converged() ? "" : "train until the residual no longer falls; ";
  constexpr double kShort = 0.8, kNear = 1.1, kWide = 2;
  if (least <= 0)
    return {{"not_at_rest",
             "the particles are not at rest (residual " + short_number(svgd.residual(), "%.2g") +
                 "): they still move, and their spread says nothing yet",
             "train for longer, or with a smaller optimizer.learning_rate at the end"}};
  const std::string found = "the particles' spread accounts for " + short_number(least, "%.3g") +
                            " of " + short_number(size, "%.4g") +
                            (size == 1 ? " dimension" : " dimensions") + " of the posterior";
  const auto most = svgd.kernel().spread_of_simplex(count);
  const bool is_at_limit = most && static_cast<double>(count) <= size + 1 && least <= kNear * *most;
  if (least < kShort * size && is_at_limit)
    return {{"spread_at_limit",
             found + ", so variances are too small; " + std::to_string(count) +
                 " particles under this kernel hold at most " + short_number(*most, "%.3g"),
             "more particles than dimensions (inference.num_particles), "
             "inference.kernel={type: imq}, or HMC as a yardstick"}};
  if (least < kShort * size)
    return {{"spread_short",
             found + ", so variances are too small",
             to_rest + "more inference.num_particles, inference.kernel={type: imq}, or "
                       "inference.curvature=hessian where scales differ"}};
  // A sum hides a dimension that is far too wide beside others that are narrow.
  const double widest = held.max().item<double>();
  if (widest > kWide)
    return {{"spread_uneven",
             "one dimension's spread counts " + short_number(widest, "%.3g") +
                 " times, where each should count once: particles lie far out in a tail",
             to_rest + "compare with HMC; inference.kernel={type: rbf}, another parameterisation, "
                       "or more particles"}};
  return {};
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
                 facts.at("stuck").dump() + "): all their draws are one point" +
                 (divergent > 0 ? "; " + std::to_string(divergent) + " of " + std::to_string(all) +
                                      " paths diverged"
                                : ""),
             divergent > 0
                 ? "a larger inference.num_warmup, or a smaller inference.step_size or start_scale"
                 : "a larger inference.num_warmup, or an inference.step_size that is not fixed",
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
  if (const auto deep = facts.at("depth_at_limit").get<std::int64_t>(); deep > 0)
    out.push_back({"depth_at_limit",
                   std::to_string(deep) + " of " + std::to_string(all) +
                       " paths ended at inference.max_depth before they turned back: the chains "
                       "move slowly",
                   "inference.mass=dense for few dimensions, a larger inference.max_depth, or "
                   "another parameterisation"});
  std::size_t apart = 0;
  double worst = 0;
  constexpr double kMost = 1.01;
  std::vector<QuantitySummary> quantities = summarise_draws(draws);
  quantities.push_back(summary_of_density(draws));
  for (const QuantitySummary& one : quantities) {
    apart += one.r_hat > kMost;
    worst = std::max(worst, one.r_hat);
  }
  if (apart > 0)
    out.push_back({"not_mixed",
                   "the chains do not agree: R-hat is above 1.01 in " + std::to_string(apart) +
                       " of " + std::to_string(quantities.size()) +
                       " quantities (lp__ is one), at most " + short_number(worst, "%.3f"),
                   "a larger inference.num_warmup and inference.num_draws"});
  return out;
}

}  // namespace elbow
