#include "elbow/runs/evaluate/posterior_checks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/histc.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/quantile.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/models/conjugate/numbers.h"
#include "elbow/runs/evaluate/posterior_record.h"
#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow {
namespace {

constexpr std::size_t kMostCandidates = 100, kMostPairs = 4;
constexpr std::int64_t kMostDots = 400, kMostForRanks = 2000;

/// Evenly spaced rows, `most` of them at most.
Tensor thinned(const Tensor& rows, std::int64_t most) {
  const std::int64_t step = std::max<std::int64_t>(1, (rows.size(0) + most - 1) / most);
  return rows.slice(0, 0, rows.size(0), step);
}

/// Columns as ranks of mean 0 and length 1; a constant column is 0. @param values [S, P]
Tensor unit_ranks(const Tensor& values) {
  const Tensor order = values.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  const Tensor ranks =
      order.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false).to(at::kDouble);
  const Tensor centred = ranks - ranks.mean(0);
  const Tensor varies = values.amax(0) > values.amin(0);
  return centred / centred.norm(2, {0}).clamp_min(1e-300) * varies;
}

/// [[x, y], ...] @param values [S, 2]
Json dots_of(const Tensor& values) {
  Json out = Json::array();
  const Tensor rows = thinned(values, kMostDots).contiguous();
  const double* all = rows.const_data_ptr<double>();
  for (std::int64_t i = 0; i < rows.size(0); ++i)
    if (std::isfinite(all[2 * i]) && std::isfinite(all[2 * i + 1]))
      out.push_back({all[2 * i], all[2 * i + 1]});
  return out;
}

/// Draws of all chains together, [S, Q].
Tensor flat(const LatentDraws& draws) { return draws.values.flatten(0, 1); }

/// Rows of draws after which a path diverged; undefined where nothing is known of paths.
Tensor divergent_rows(const LatentDraws& draws) {
  const auto& names = draws.statistic_names;
  const auto found = std::find(names.begin(), names.end(), "divergent__");
  if (found == names.end()) return {};
  return draws.statistics.select(2, found - names.begin()).flatten().nonzero().flatten();
}

bool can_be_resampled(const LatentDraws& draws) {
  if (!draws.log_weights.defined()) return false;
  const Tensor has_none = at::isfinite(draws.log_weights).logical_not();
  return pareto_k_of(draws.log_weights.masked_fill(has_none, -INFINITY)) < kUsableParetoK;
}

struct Pair {
  std::size_t x, y;  ///< places among the candidates
  double dependence, correlation;
};

/// The most dependent first. @param values [S, P]
std::vector<Pair> ordered_pairs(const Tensor& values) {
  const Tensor some = thinned(values, kMostForRanks);
  const Tensor ranks = unit_ranks(some);
  const Tensor spread = unit_ranks((some - std::get<0>(some.median(0))).abs());
  const Tensor plain = at::matmul(ranks.t(), ranks).contiguous(),
               of_spread = at::matmul(spread.t(), ranks).abs().contiguous();
  const std::int64_t count = some.size(1);
  std::vector<Pair> out;
  const auto at = [count](const Tensor& matrix, std::int64_t i, std::int64_t j) {
    return matrix.const_data_ptr<double>()[i * count + j];
  };
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < i; ++j)
      out.push_back(
          {static_cast<std::size_t>(j),
           static_cast<std::size_t>(i),
           std::max({std::abs(at(plain, i, j)), at(of_spread, i, j), at(of_spread, j, i)}),
           at(plain, i, j)});
  std::stable_sort(out.begin(), out.end(), [](const Pair& a, const Pair& b) {
    return a.dependence > b.dependence;
  });
  return out;
}

/// Rows without a number that is not finite. @param values [S, N]
Tensor finite_rows(const Tensor& values) {
  return values.index_select(0, at::isfinite(values).all(1).nonzero().flatten());
}

Json interval_of(const Tensor& quantiles, std::int64_t element, const Tensor& observed) {
  static const char* const kNames[] = {"q5", "q25", "q50", "q75", "q95"};
  Json out = Json::object();
  for (std::int64_t q = 0; q < quantiles.size(0); ++q)
    out[kNames[q]] = or_null(quantiles[q][element].item<double>());
  if (observed.defined()) out["observed"] = or_null(observed[element].item<double>());
  return out;
}

struct Statistic {
  const char* name;
  Tensor of_replications, of_data;  ///< [S], 0-dim
};

/// Of each row; of an even number the mean of the two in the middle. @param values [..., N]
Tensor median_of(const Tensor& values) {
  const Tensor sorted = std::get<0>(values.sort(-1));
  const std::int64_t count = values.size(-1);
  return (sorted.select(-1, (count - 1) / 2) + sorted.select(-1, count / 2)) / 2;
}

std::vector<Statistic> statistics_of(const Tensor& values, const Tensor& observed) {
  std::vector<Statistic> out{{"mean", values.mean(1), observed.mean()}};
  if (observed.numel() < 2) return out;
  out.push_back({"standard deviation", values.std(1), observed.std()});
  out.push_back({"minimum", values.amin(1), observed.min()});
  out.push_back({"median", median_of(values), median_of(observed)});
  out.push_back({"maximum", values.amax(1), observed.max()});
  return out;
}

Json json_of_statistic(const Statistic& one) {
  const Tensor& found = one.of_replications;
  const Tensor q = at::quantile(found, at::tensor({0.05, 0.5, 0.95}, at::kDouble));
  // Ties of counts are neither above nor below.
  const Tensor above =
      (found > one.of_data).to(at::kDouble) + 0.5 * (found == one.of_data).to(at::kDouble);
  return {{"name", one.name},
          {"observed", or_null(one.of_data.item<double>())},
          {"q5", or_null(q[0].item<double>())},
          {"q50", or_null(q[1].item<double>())},
          {"q95", or_null(q[2].item<double>())},
          {"share_above", above.mean().item<double>()}};
}

/// Of the data, and the middle 90 % of the replications' in each bin. @param values [S, N]
Json histograms_of(const Tensor& values, const Tensor& observed) {
  constexpr std::int64_t kFewest = 20, kReplications = 200, kMostBins = 40;
  if (observed.numel() < kFewest) return nullptr;
  const Tensor some = thinned(values, kReplications);
  const double low = std::min(some.min().item<double>(), observed.min().item<double>()),
               high = std::max(some.max().item<double>(), observed.max().item<double>());
  const auto count = static_cast<double>(observed.numel());
  const std::int64_t bins = std::min<std::int64_t>(kMostBins, std::lround(2 * std::cbrt(count)));
  const double width = (high - low) / static_cast<double>(bins);
  if (!(width > 0) || !std::isfinite(width)) return nullptr;
  const auto density = [&](const Tensor& x) {
    return at::histc(x, bins, low, high) / (count * width);
  };
  std::vector<Tensor> each;
  for (std::int64_t i = 0; i < some.size(0); ++i) each.push_back(density(some[i].contiguous()));
  const Tensor band =
      at::quantile(at::stack(each), at::tensor({0.05, 0.95}, at::kDouble), /*dim=*/0);
  return {{"first", low},
          {"width", width},
          {"observed", numbers_of(density(observed))},
          {"low", numbers_of(band[0])},
          {"high", numbers_of(band[1])}};
}

/// The share of the data within two quantiles of their replications.
double share_inside(const Tensor& low, const Tensor& high, const Tensor& observed) {
  return ((observed >= low) & (observed <= high)).to(at::kDouble).mean().item<double>();
}

Json record_of_replication(const Tensor& all, const Replication& one) {
  constexpr double kMostNumbers = 2e7;
  constexpr std::int64_t kShown = 60, kQuantileColumns = 500;
  std::vector<std::int64_t> columns(one.quantities.begin(), one.quantities.end());
  const auto count = static_cast<std::int64_t>(columns.size());
  const auto most =
      static_cast<std::int64_t>(std::max(100.0, kMostNumbers / static_cast<double>(count)));
  const Tensor values =
      finite_rows(thinned(all, most).index_select(1, at::tensor(columns, at::kLong)));
  if (values.size(0) < 2) return nullptr;
  Json out = {{"name", one.name}, {"count", count}, {"intervals", Json::array()}};
  // Column blocks, since a quantile of many columns at once sorts them all in memory.
  std::vector<Tensor> parts;
  const Tensor shares = at::tensor({0.05, 0.25, 0.5, 0.75, 0.95}, at::kDouble);
  for (std::int64_t begin = 0; begin < count; begin += kQuantileColumns)
    parts.push_back(at::quantile(
        values.narrow(1, begin, std::min(kQuantileColumns, count - begin)), shares, /*dim=*/0));
  const Tensor quantiles = at::cat(parts, 1);
  for (std::int64_t i = 0; i < std::min(kShown, count); ++i)
    out["intervals"].push_back(interval_of(quantiles, i, one.observed));
  if (!one.observed.defined()) return out;
  out["inside_50"] = share_inside(quantiles[1], quantiles[3], one.observed);
  out["inside_90"] = share_inside(quantiles[0], quantiles[4], one.observed);
  out["statistics"] = Json::array();
  for (const Statistic& statistic : statistics_of(values, one.observed))
    out["statistics"].push_back(json_of_statistic(statistic));
  out["histogram"] = histograms_of(values, one.observed);
  return out;
}

}  // namespace

Json pairs_record(const LatentDraws& draws,
                  const std::vector<std::size_t>& quantities,
                  std::uint64_t seed) {
  Json out = Json::array();
  std::vector<std::int64_t> columns(quantities.begin(),
                                    quantities.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                             kMostCandidates, quantities.size())));
  if (columns.size() < 2 || draws.num_draws() < 2) return out;
  const auto chosen = [&columns](const LatentDraws& of) {
    return flat(of).index_select(1, at::tensor(columns, at::kLong));
  };
  const Tensor values = chosen(draws), divergent = divergent_rows(draws);
  const bool is_resampled = can_be_resampled(draws);
  const Tensor again =
      is_resampled ? chosen(importance_resampled(draws, kMostForRanks, seed)) : Tensor();
  for (const Pair& pair : ordered_pairs(finite_rows(is_resampled ? again : values))) {
    if (out.size() == kMostPairs) break;
    const Tensor both = at::tensor(
        {static_cast<std::int64_t>(pair.x), static_cast<std::int64_t>(pair.y)}, at::kLong);
    Json one = {{"x", draws.names[static_cast<std::size_t>(columns[pair.x])]},
                {"y", draws.names[static_cast<std::size_t>(columns[pair.y])]},
                {"rank_correlation", pair.correlation},
                {"points", dots_of(values.index_select(1, both))}};
    if (divergent.defined() && divergent.numel() > 0)
      one["divergent"] = dots_of(values.index_select(0, divergent).index_select(1, both));
    if (is_resampled) one["posterior"] = dots_of(again.index_select(1, both));
    out.push_back(std::move(one));
  }
  return out;
}

Json predictive_record(const LatentDraws& draws, const std::vector<Replication>& replications) {
  Json out = Json::array();
  for (const Replication& one : replications) {
    constexpr std::size_t kMostShown = 5;
    if (out.size() == kMostShown) break;
    if (Json record = record_of_replication(flat(draws), one); !record.is_null())
      out.push_back(std::move(record));
  }
  return out;
}

}  // namespace elbow
