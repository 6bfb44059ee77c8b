#include "elbow/inference/monte_carlo/diagnostics.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/special_ndtri.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace elbow {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

bool is_valid(const Tensor& draws) {
  return draws.dim() == 2 && draws.size(1) >= 4 && draws.isfinite().all().item<bool>();
}

/// The halves of each chain as chains of their own; an odd draw in the middle is left out.
Tensor halves(const Tensor& draws) {
  const std::int64_t half = draws.size(1) / 2;
  return at::cat({draws.narrow(1, 0, half), draws.narrow(1, draws.size(1) - half, half)}, 0);
}

/// Ranks from 1, equal numbers the mean of theirs.
std::vector<double> ranks_of(const double* values, std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [values](std::size_t a, std::size_t b) {
    return values[a] < values[b];
  });
  std::vector<double> out(count);
  for (std::size_t begin = 0; begin < count;) {
    std::size_t end = begin + 1;
    while (end < count && values[order[end]] == values[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + 1 + end) / 2;
    for (std::size_t i = begin; i < end; ++i) out[order[i]] = rank;
    begin = end;
  }
  return out;
}

/// Normal scores of the ranks among all draws. Blom, 1958: (r - 3/8) / (n + 1/4).
Tensor normal_scores(const Tensor& draws) {
  const Tensor flat = draws.contiguous();
  const auto ranks =
      ranks_of(flat.const_data_ptr<double>(), static_cast<std::size_t>(flat.numel()));
  const Tensor shares =
      (at::tensor(ranks, at::kDouble) - 0.375) / (static_cast<double>(flat.numel()) + 0.25);
  return at::special_ndtri(shares).reshape(draws.sizes());
}

double r_hat(const Tensor& chains) {
  const auto count = static_cast<double>(chains.size(1));
  const double between = count * chains.mean(1).var(0, /*unbiased=*/true).item<double>();
  const double within = chains.var(1, /*unbiased=*/true).mean().item<double>();
  return std::sqrt((between / within + count - 1) / count);
}

/// Autocovariances of each chain around its mean, their mean over the chains, one lag at a time.
class Autocovariances {
 public:
  explicit Autocovariances(const Tensor& chains)
      : apart_((chains - chains.mean(1, /*keepdim=*/true)).contiguous()) {}
  double at(std::int64_t lag) const {
    const std::int64_t count = apart_.size(1);
    const double* values = apart_.const_data_ptr<double>();
    double sum = 0;
    for (std::int64_t chain = 0; chain < apart_.size(0); ++chain, values += count)
      for (std::int64_t i = 0; i + lag < count; ++i) sum += values[i] * values[i + lag];
    return sum / static_cast<double>(apart_.numel());
  }

 private:
  Tensor apart_;
};

/// Sum of the autocorrelations by Geyer's initial monotone sequence: tau, draws that are worth one.
double autocorrelation_time(const Tensor& chains) {
  const std::int64_t count = chains.size(1);
  const Autocovariances covariances(chains);
  const auto n = static_cast<double>(count);
  const double within = covariances.at(0) * n / (n - 1);
  double total = within * (n - 1) / n;
  if (chains.size(0) > 1) total += chains.mean(1).var(0, /*unbiased=*/true).item<double>();
  const auto correlation = [&](std::int64_t lag) {
    return 1 - (within - covariances.at(lag)) / total;
  };
  std::vector<double> rho(static_cast<std::size_t>(count), 0.0);
  double even = 1, odd = correlation(1);
  rho[0] = even;
  rho[1] = odd;
  std::int64_t t = 1;
  for (; t < count - 3 && even + odd > 0; t += 2) {
    even = correlation(t + 1);
    odd = correlation(t + 2);
    if (even + odd < 0) continue;
    rho[static_cast<std::size_t>(t) + 1] = even;
    rho[static_cast<std::size_t>(t) + 2] = odd;
  }
  // The last pair that counts ends before `end`; the even one behind it may count once.
  const auto end = static_cast<std::size_t>(std::max<std::int64_t>(t - 1, 0));
  if (even > 0) rho[end] = even;
  for (std::size_t i = 1; i + 2 < end; i += 2) {
    if (rho[i + 1] + rho[i + 2] <= rho[i - 1] + rho[i]) continue;
    rho[i + 1] = rho[i + 2] = (rho[i - 1] + rho[i]) / 2;
  }
  double sum = 0;
  for (std::size_t i = 0; i < end; ++i) sum += rho[i];
  const double tau = -1 + 2 * sum + rho[end];
  return std::max(tau, 1 / std::log10(static_cast<double>(chains.numel())));
}

double ess_of(const Tensor& chains) {
  constexpr double kResolution = 1e-15;
  const auto count = static_cast<double>(chains.numel());
  if ((chains.max() - chains.min()).item<double>() < kResolution) return count;
  return count / autocorrelation_time(chains);
}

double ess_of_quantile(const Tensor& draws, double share) {
  return ess_of(halves((draws <= quantile_of(draws, share)).to(at::kDouble)));
}

}  // namespace

double split_r_hat(const Tensor& draws) {
  if (!is_valid(draws)) return kUndefined;
  const Tensor split = halves(draws);
  const Tensor folded = (split - quantile_of(split, 0.5)).abs();
  return std::max(r_hat(normal_scores(split)), r_hat(normal_scores(folded)));
}

double bulk_ess(const Tensor& draws) {
  return is_valid(draws) ? ess_of(normal_scores(halves(draws))) : kUndefined;
}

double tail_ess(const Tensor& draws) {
  if (!is_valid(draws)) return kUndefined;
  return std::min(ess_of_quantile(draws, 0.05), ess_of_quantile(draws, 0.95));
}

double mean_ess(const Tensor& draws) {
  return is_valid(draws) ? ess_of(halves(draws)) : kUndefined;
}

double mcse_of_mean(const Tensor& draws) {
  if (!is_valid(draws)) return kUndefined;
  return draws.std(/*unbiased=*/true).item<double>() / std::sqrt(mean_ess(draws));
}

double mcse_of_sd(const Tensor& draws) {
  if (!is_valid(draws)) return kUndefined;
  const Tensor squares = (draws - draws.mean()).square();
  const double variance = squares.mean().item<double>();
  const double ess = ess_of(halves(squares));
  const double error = (squares.square().mean().item<double>() - variance * variance) / ess;
  return std::sqrt(error / variance / 4);
}

Tensor e_bfmi(const Tensor& energies) {
  const std::int64_t count = energies.size(1);
  const Tensor steps = energies.narrow(1, 1, count - 1) - energies.narrow(1, 0, count - 1);
  return steps.square().mean(1) / energies.var(1, /*unbiased=*/true);
}

double quantile_of(const Tensor& values, double share) {
  const Tensor sorted = std::get<0>(values.flatten().to(at::kDouble).sort());
  const double place = share * static_cast<double>(sorted.numel() - 1);
  const auto below = static_cast<std::int64_t>(std::floor(place));
  const std::int64_t above = std::min(below + 1, sorted.numel() - 1);
  const double low = sorted[below].item<double>(), high = sorted[above].item<double>();
  return low + (place - static_cast<double>(below)) * (high - low);
}

double wasserstein_1(const Tensor& a, const Tensor& b) {
  const Tensor first = std::get<0>(a.to(at::kDouble).sort()),
               second = std::get<0>(b.to(at::kDouble).sort());
  const Tensor all = std::get<0>(at::cat({first, second}).sort());
  const Tensor places = all.narrow(0, 0, all.numel() - 1).contiguous();
  const Tensor widths = all.narrow(0, 1, all.numel() - 1) - places;
  const auto share = [&places](const Tensor& sorted) {
    return at::searchsorted(sorted, places, /*out_int32=*/false, /*right=*/true).to(at::kDouble) /
           static_cast<double>(sorted.numel());
  };
  return ((share(first) - share(second)).abs() * widths).sum().item<double>();
}

}  // namespace elbow
