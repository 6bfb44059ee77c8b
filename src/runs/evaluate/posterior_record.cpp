#include "elbow/runs/evaluate/posterior_record.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/histc.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/inference/monte_carlo/diagnostics.h"
#include "elbow/models/conjugate/numbers.h"

namespace elbow {
namespace {

constexpr std::size_t kMostQuantities = 60, kMostPlots = 6;
constexpr std::int64_t kMostChains = 6, kMostPoints = 250, kRankBins = 20;

/// @param values [C, S]
Json histogram_of(const Tensor& values) {
  const double low = values.min().item<double>(), high = values.max().item<double>();
  // Twice the cube root of the count, up to what a small plot can show (Rice's rule).
  const std::int64_t bins =
      std::min<std::int64_t>(40, std::lround(2 * std::cbrt(static_cast<double>(values.numel()))));
  const double width = (high - low) / static_cast<double>(bins);
  if (!(width > 0) || !std::isfinite(width)) return nullptr;
  const Tensor counts = at::histc(values.flatten(), bins, low, high);
  return {{"first", low},
          {"width", width},
          {"density", numbers_of(counts / (width * static_cast<double>(values.numel())))}};
}

/// The ranks of all chains' draws together, 0 to C S - 1. @param values [C, S]
Tensor ranks_of(const Tensor& values) {
  const Tensor order = values.flatten().argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  return order.argsort().view(values.sizes());  // of a permutation: its inverse
}

void add_chains(const Tensor& values, Json& plot) {
  const std::int64_t chains = std::min(kMostChains, values.size(0)), count = values.size(1);
  const std::int64_t stride = (count + kMostPoints - 1) / kMostPoints;
  const Tensor ranks = ranks_of(values);
  plot["stride"] = stride;
  plot["traces"] = Json::array();
  plot["ranks"] = Json::array();
  for (std::int64_t chain = 0; chain < chains; ++chain) {
    plot["traces"].push_back(numbers_of(values[chain].slice(0, 0, count, stride)));
    const Tensor bins =
        at::histc(ranks[chain].to(at::kDouble), kRankBins, 0, static_cast<double>(values.numel()));
    plot["ranks"].push_back(
        numbers_of(bins * (static_cast<double>(kRankBins) / static_cast<double>(count))));
  }
}

/// lp__ of chains as a quantity like the others.
LatentDraws density_of(const LatentDraws& draws) {
  LatentDraws density;
  density.kind = draws.kind;
  density.names = {draws.statistic_names.front()};
  density.values = draws.statistics.narrow(2, 0, 1);
  return density;
}

Json facts_with_each_chain(const LatentDraws& draws, std::int64_t max_depth) {
  Json facts = chain_facts(draws, max_depth);
  if (facts.empty()) return facts;
  const auto mean_of = [&draws](const char* name) {
    const auto& names = draws.statistic_names;
    const auto column = std::find(names.begin(), names.end(), name) - names.begin();
    return draws.statistics.select(2, column).mean(1);
  };
  const Tensor acceptance = mean_of("accept_stat__"), step = mean_of("stepsize__"),
               leapfrogs = mean_of("n_leapfrog__");
  facts["of_each"] = Json::array();
  // Langevin dynamics has no path to accept.
  const bool has_paths = leapfrogs.max().item<double>() > 0;
  const auto of_path = [has_paths](const Json& value) { return has_paths ? value : Json(); };
  for (std::int64_t chain = 0; chain < draws.num_chains(); ++chain) {
    const auto at = static_cast<std::size_t>(chain);
    facts["of_each"].push_back(
        {{"acceptance", of_path(acceptance[chain].item<double>())},
         {"step_size", step[chain].item<double>()},
         {"leapfrog_steps", of_path(leapfrogs[chain].item<double>())},
         {"divergent", of_path(facts.at("divergent_of_chain")[at])},
         {"e_bfmi", facts.contains("e_bfmi") ? facts["e_bfmi"][at] : Json()}});
  }
  return facts;
}

/// The largest R-hat first; what has none keeps its order.
std::vector<std::size_t> worst_first(const std::vector<QuantitySummary>& all) {
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto badness = [&all](std::size_t i) {
    return std::isnan(all[i].r_hat) ? 0.0 : all[i].r_hat;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return badness(a) > badness(b);
  });
  return order;
}

const char* word_of(DrawKind kind) {
  switch (kind) {
    case DrawKind::chains:
      return "chains";
    case DrawKind::particles:
      return "particles";
    case DrawKind::independent:
      return "draws";
  }
  return "";
}

}  // namespace

Json json_of(const QuantitySummary& one) {
  return {{"name", one.name},
          {"mean", or_null(one.mean)},
          {"mcse", or_null(one.mcse)},
          {"sd", or_null(one.sd)},
          {"q5", or_null(one.q5)},
          {"q50", or_null(one.q50)},
          {"q95", or_null(one.q95)},
          {"ess_bulk", or_null(one.bulk_ess)},
          {"ess_tail", or_null(one.tail_ess)},
          // Chains that never meet; no R-hat at all is null.
          {"r_hat", std::isinf(one.r_hat) ? Json("inf") : or_null(one.r_hat)}};
}

QuantitySummary summary_of_density(const LatentDraws& draws) {
  return summarise_quantity(density_of(draws), 0);
}

Json posterior_record(const LatentDraws& draws, std::int64_t max_depth) {
  Json out = {{"kind", word_of(draws.kind)},
              {"draws", draws.num_chains() * draws.num_draws()},
              {"num_quantities", draws.names.size()},
              {"quantities", Json::array()},
              {"plots", Json::array()}};
  const bool are_chains = draws.kind == DrawKind::chains;
  std::vector<QuantitySummary> all;
  for (std::size_t i = 0; i < std::min(kMostQuantities, draws.names.size()); ++i)
    all.push_back(summarise_quantity(draws, i));
  if (are_chains) out["quantities"].push_back(json_of(summary_of_density(draws)));
  for (const QuantitySummary& one : all) out["quantities"].push_back(json_of(one));
  if (are_chains) out["chains"] = facts_with_each_chain(draws, max_depth);
  for (const std::size_t i : worst_first(all)) {
    if (out["plots"].size() == kMostPlots) break;
    const Tensor values = draws.of(i).contiguous();
    Json plot = {{"name", draws.names[i]}, {"histogram", histogram_of(values)}};
    if (are_chains) add_chains(values, plot);
    out["plots"].push_back(std::move(plot));
  }
  return out;
}

}  // namespace elbow
