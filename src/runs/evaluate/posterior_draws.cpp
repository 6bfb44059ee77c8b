#include "elbow/runs/evaluate/posterior_draws.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/inference/monte_carlo/diagnostics.h"
#include "elbow/models/conjugate/numbers.h"

namespace elbow {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// Index of a statistic; -1 where it is not there.
std::int64_t statistic(const LatentDraws& draws, const std::string& name) {
  const auto found = std::find(draws.statistic_names.begin(), draws.statistic_names.end(), name);
  return found == draws.statistic_names.end() ? -1 : found - draws.statistic_names.begin();
}

/// All draws but those of block b of ten, along each chain.
Tensor without_block(const Tensor& draws, std::int64_t block, std::int64_t blocks) {
  const std::int64_t count = draws.size(1), begin = count * block / blocks,
                     end = count * (block + 1) / blocks;
  return at::cat({draws.narrow(1, 0, begin), draws.narrow(1, end, count - end)}, 1);
}

struct Measures {
  double shift, ratio, wasserstein;
};

Measures measure(const Tensor& yardstick, const Tensor& other) {
  const double scale = yardstick.std(/*unbiased=*/true).item<double>();
  return {(other.mean() - yardstick.mean()).item<double>() / scale,
          other.std(/*unbiased=*/other.numel() > 1).item<double>() / scale,
          wasserstein_1(yardstick.flatten(), other.flatten()) / scale};
}

/// Adds the jackknife's variances of one side.
void add_variances(const Tensor& draws,
                   const std::function<Measures(const Tensor& part)>& of,
                   Measures& total) {
  const std::int64_t blocks = std::min<std::int64_t>(10, draws.size(1));
  std::vector<Measures> each;
  Measures mean{0, 0, 0};
  const auto count = static_cast<double>(blocks);
  for (std::int64_t b = 0; b < blocks; ++b) {
    each.push_back(of(without_block(draws, b, blocks)));
    mean.shift += each.back().shift / count;
    mean.ratio += each.back().ratio / count;
    mean.wasserstein += each.back().wasserstein / count;
  }
  for (const Measures& one : each) {
    const double share = (count - 1) / count;
    total.shift += share * (one.shift - mean.shift) * (one.shift - mean.shift);
    total.ratio += share * (one.ratio - mean.ratio) * (one.ratio - mean.ratio);
    total.wasserstein +=
        share * (one.wasserstein - mean.wasserstein) * (one.wasserstein - mean.wasserstein);
  }
}

}  // namespace

QuantitySummary summarise_quantity(const LatentDraws& draws, std::size_t quantity) {
  const Tensor values = draws.of(quantity).contiguous();
  const double count =
      draws.is_resampled ? draws.effective_draws : static_cast<double>(values.numel());
  QuantitySummary out{};
  out.name = draws.names[quantity];
  out.mean = values.mean().item<double>();
  const bool is_sample = draws.kind != DrawKind::particles;
  out.sd = is_sample && values.numel() == 1 ? kUndefined
                                            : values.std(/*unbiased=*/is_sample).item<double>();
  out.q5 = quantile_of(values, 0.05);
  out.q50 = quantile_of(values, 0.5);
  out.q95 = quantile_of(values, 0.95);
  out.mcse = out.mcse_sd = out.bulk_ess = out.tail_ess = out.r_hat = kUndefined;
  if (draws.kind == DrawKind::independent) {
    out.mcse = out.sd / std::sqrt(count);
    const Tensor squares = (values - values.mean()).square();
    const double variance = squares.mean().item<double>();
    out.mcse_sd = std::sqrt(squares.var(/*unbiased=*/false).item<double>() / count / variance / 4);
  }
  if (draws.kind == DrawKind::chains) {
    out.mcse = mcse_of_mean(values);
    out.mcse_sd = mcse_of_sd(values);
    out.bulk_ess = bulk_ess(values);
    out.tail_ess = tail_ess(values);
    out.r_hat = split_r_hat(values);
  }
  return out;
}

std::vector<QuantitySummary> summarise_draws(const LatentDraws& draws) {
  std::vector<QuantitySummary> out;
  for (std::size_t i = 0; i < draws.names.size(); ++i) out.push_back(summarise_quantity(draws, i));
  return out;
}

Json chain_facts(const LatentDraws& draws, std::int64_t max_depth) {
  if (draws.kind != DrawKind::chains) return Json::object();
  const auto of = [&](const char* name) {
    return draws.statistics.select(2, statistic(draws, name));
  };
  Json stuck = Json::array();
  // Of few draws a chain may have stayed where it was each time.
  constexpr std::int64_t kFewest = 10;
  const Tensor spread = draws.values.std(1, /*unbiased=*/false).amax(1);
  if (draws.num_draws() >= kFewest)
    for (std::int64_t chain = 0; chain < draws.num_chains(); ++chain)
      if (spread[chain].item<double>() == 0) stuck.push_back(chain + 1);
  const Tensor per_chain = of("divergent__").sum(1);
  Json out = {{"chains", draws.num_chains()},
              {"draws", draws.num_draws()},
              {"divergent", per_chain.sum().item<std::int64_t>()},
              {"divergent_of_chain", numbers_of(per_chain)},
              {"depth_at_limit", (of("treedepth__") >= max_depth).sum().item<std::int64_t>()},
              {"acceptance", of("accept_stat__").mean().item<double>()},
              {"stuck", stuck}};
  const Tensor energies = of("energy__");
  const bool has_energies = energies.abs().max().item<double>() > 0;
  if (draws.num_draws() >= 4 && has_energies && !draws.is_thinned)
    out["e_bfmi"] = numbers_of(e_bfmi(energies));
  // The energies of a chain that never moved are its momenta's alone, and look as they should.
  if (out.contains("e_bfmi"))
    for (const Json& chain : stuck) out["e_bfmi"][chain.get<std::size_t>() - 1] = nullptr;
  return out;
}

QuantityComparison compare_quantity(const LatentDraws& yardstick,
                                    std::size_t quantity,
                                    const LatentDraws& other,
                                    std::size_t other_quantity) {
  const Tensor a = yardstick.of(quantity).contiguous(), b = other.of(other_quantity).contiguous();
  const Measures all = measure(a, b);
  Measures variances{0, 0, 0};
  // A block of a tenth has to have a draw.
  constexpr std::int64_t kFewest = 10;
  const bool has_error = yardstick.kind != DrawKind::particles && a.size(1) >= kFewest &&
                         (other.kind == DrawKind::particles || b.size(1) >= kFewest);
  if (has_error)
    add_variances(
        a, [&b](const Tensor& part) { return measure(part, b); }, variances);
  if (has_error && other.kind != DrawKind::particles)
    add_variances(
        b, [&a](const Tensor& part) { return measure(a, part); }, variances);
  const auto root = [has_error](double variance) {
    return has_error ? std::sqrt(variance) : kUndefined;
  };
  return {yardstick.names[quantity],
          all.shift,
          root(variances.shift),
          all.ratio,
          root(variances.ratio),
          all.wasserstein,
          root(variances.wasserstein)};
}

}  // namespace elbow
