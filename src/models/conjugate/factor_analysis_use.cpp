// What a fitted factor analysis is used for: densities, encodings, draws and its summary.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "elbow/models/conjugate/factor_analysis.h"
#include "elbow/models/conjugate/numbers.h"

namespace elbow {

namespace {

Tensor drawn(const GlobalFactor& factor, const Tensor& natural, RandomSource& source) {
  return factor.is_point ? factor.family->mode(natural) : factor.family->sample(natural, source);
}

}  // namespace

Tensor FactorAnalysis::log_predictive(const Batch& batch, const Globals& globals) const {
  if (!factors_[0].is_point || !factors_.back().is_point) return {};
  // Given loadings and noise q(z) is the exact posterior, so the bound is ln p(x).
  return local_step(batch, globals, {}).bound;
}

std::optional<LocationPrior> FactorAnalysis::location_prior(const Tensor& spread) const {
  if (factors_[0].is_flat) return std::nullopt;
  return LocationPrior{at::zeros_like(spread),
                       at::full_like(spread, 1 / std::sqrt(mean_precision_)),
                       "lower model.mean_precision"};
}

Encoding FactorAnalysis::encode(const Batch& batch, const Globals& globals) const {
  const Tensor& x = batch.x;
  const Posterior z = infer(globals.frame().defined() ? x - globals.frame() : x, globals);
  return {{"factor", z.mean},
          {"standard_deviation", z.covariance.diagonal().sqrt().expand_as(z.mean)}};
}

Tensor FactorAnalysis::sample(std::int64_t n, const Globals& globals, RandomSource& source) const {
  const std::size_t noise = factors_.size() - 1;
  std::vector<Tensor> out;
  // Each example has parameters of its own: [n, D, Q + 1] at once would not fit for many.
  for (std::int64_t i = 0; i < n; ++i) {
    const Tensor row = drawn(factors_[0], globals.natural(0), source);
    const Tensor tau = drawn(factors_[noise], globals.natural(noise), source).squeeze(-1);
    const Tensor z =
        at::cat({source.normal({num_factors_}, row.options()), at::ones({1}, row.options())});
    out.push_back(row.matmul(z) + source.normal({num_features_}, row.options()) / tau.sqrt());
  }
  if (globals.frame().defined()) return at::stack(out) + globals.frame();
  return at::stack(out);
}

Json FactorAnalysis::summary(const Globals& globals) const {
  // E[1 / tau] need not exist; the inverse of the mean always does.
  Json out = {{"noise_variance", numbers_of(noise_->expected(globals).reciprocal())}};
  if (relevance_->is_learned()) out["relevance"] = numbers_of(relevance_->expected(globals));
  const Tensor norm = loadings(globals).narrow(-1, 0, num_factors_).square().sum(0).sqrt();
  out["loading_norms"] = numbers_of(norm);
  // Kept: the expected loadings are above a hundredth of the largest factor's.
  out["factors_kept"] = norm.gt(norm.max() * 1e-2).sum().item<std::int64_t>();
  return out;
}

}  // namespace elbow
