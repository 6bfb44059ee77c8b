#include "imputation.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <map>

#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/condition_names.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/foundations/core/philox.h"

namespace elbow {
namespace {

Tensor doubles_of(const Tensor& values) { return values.detach().to(at::kCPU, at::kDouble); }

/// What K samples of the latents say of one example: K completions, with weights.
struct Completions {
  Tensor weights;         ///< [K], which sum to 1
  Tensor values;          ///< [K, M] draws of p(x | z)
  Tensor mean, variance;  ///< [K, M] of p(x | z); undefined where it has none in closed form
};

/// @param site x given the latents, batch [K, 1] or [1, K]
void take_values(const Site& site, const Tensor& drawn, std::int64_t count, Completions& out) {
  out.values = doubles_of(drawn).reshape({count, -1});
  const Distribution& p = site.dist();
  if (!p.traits().has_moments) return;
  out.mean = doubles_of(p.mean()).reshape({count, -1});
  out.variance = doubles_of(at::zeros_like(p.mean()) + p.variance()).reshape({count, -1});
}

/// Weights that sum to 1; a sample whose weight is no number has none.
Tensor normalised(const Tensor& log_weights) {
  const Tensor known =
      at::where(log_weights.isnan(), at::full_like(log_weights, -INFINITY), log_weights);
  if (!known.max().isfinite().item<bool>())
    return at::full_like(known, 1.0 / static_cast<double>(known.numel()));
  return known.softmax(0);
}

Completions from_posterior(GenerativeModel& model,
                           Guide& guide,
                           const Batch& one,
                           const ImputationOptions& options) {
  KeyedSource source(
      options.seed, Purpose::evaluation_noise, one.indices, row_range(0, options.num_samples));
  const Trace latents = guide.condition(one)->draw(options.num_samples, source, DrawGradient::none);
  const Trace scored = model.score(one, latents, {source});
  Completions out;
  out.weights =
      normalised((doubles_of(scored.log_prob()) - doubles_of(latents.log_prob())).flatten());
  const Site& x = scored.at("x");
  take_values(x, x.dist().sample({}, source), options.num_samples, out);
  return out;
}

/// Draws given what the data say of a row of which no number was observed.
/// @param one the row
Completions from_prior(GenerativeModel& model, const Batch& one, const ImputationOptions& options) {
  const std::int64_t count = options.num_samples, index = one.indices.front();
  Batch given = one.select(std::vector<std::int64_t>(static_cast<std::size_t>(count), 0));
  // As in evaluation: a label that is a latent is what is asked for.
  if (!contains(model.conditions(), kLabel)) given.labels = Tensor();
  KeyedSource source(options.seed, Purpose::sampling, row_range(0, count), {index});
  const Site x = model.sample(count, {source, /*num_examples=*/1, &given}).at("x");
  Completions out;
  out.weights = at::full_like(at::ones({count}, at::kDouble), 1.0 / static_cast<double>(count));
  take_values(x, x.value(), count, out);
  return out;
}

/// [M] the smallest value up to which the weights reach `share`. @param sorted [K, M] ascending
/// @param reach [K, M] weights added up in that order
Tensor quantile(const Tensor& sorted, const Tensor& reach, double share) {
  const Tensor below = (reach < share).sum(0, /*keepdim=*/true).clamp_max(sorted.size(0) - 1);
  return sorted.gather(0, below).squeeze(0);
}

/// The value of each column with the largest weight, and that weight. [2, M]
Tensor most_probable(const Tensor& values, const Tensor& weights) {
  const std::int64_t count = values.size(0), width = values.size(1);
  Tensor out = at::zeros({2, width}, at::kDouble);
  const double* value = values.const_data_ptr<double>();
  const double* weight = weights.const_data_ptr<double>();
  for (std::int64_t d = 0; d < width; ++d) {
    std::map<double, double> mass;
    for (std::int64_t k = 0; k < count; ++k) mass[value[k * width + d]] += weight[k];
    auto* best = out.mutable_data_ptr<double>() + d;
    for (const auto& [code, share] : mass)
      if (share > best[width]) best[0] = code, best[width] = share;
  }
  return out;
}

/// Of one example: each part without the leading B.
Imputation summary_of(const Completions& all, const ImputationOptions& options) {
  Imputation out;
  const Tensor weights = all.weights.unsqueeze(1);
  const auto mean_of = [&](const Tensor& values) { return (weights * values).sum(0); };
  const Tensor mean_of_draws = mean_of(all.values);
  out.value = mean_of_draws;
  Tensor variance = mean_of((all.values - mean_of_draws).square());
  if (all.mean.defined()) {
    // Without the noise of the draws, where it is known what they are draws of.
    const Tensor mean = mean_of(all.mean);
    const Tensor spread = mean_of(all.variance + (all.mean - mean).square());
    const Tensor is_known = mean.isfinite() & spread.isfinite();
    out.value = at::where(is_known, mean, mean_of_draws);
    variance = at::where(is_known, spread, variance);
  }
  out.standard_deviation = variance.sqrt();
  const auto [sorted, order] = all.values.sort(0);
  const Tensor reach = all.weights.index_select(0, order.flatten()).view_as(sorted).cumsum(0);
  out.lower = quantile(sorted, reach, (1 - options.mass) / 2);
  out.upper = quantile(sorted, reach, (1 + options.mass) / 2);
  out.effective_sample_size = all.weights.square().sum().reciprocal();
  if (!options.are_classes) return out;
  const Tensor best = most_probable(all.values.contiguous(), all.weights.contiguous());
  out.value = best[0];
  out.probability = best[1];
  return out;
}

/// N of the K completions, with their weights. [N, M]
Tensor resampled(const Completions& all, std::int64_t index, const ImputationOptions& options) {
  KeyedSource source(options.seed, Purpose::reconstruct, {index}, row_range(0, options.num_draws));
  const Tensor u = source.uniform({options.num_draws, 1}, at::TensorOptions(at::kDouble));
  const Tensor reach = all.weights.cumsum(0);
  const Tensor chosen = (reach.unsqueeze(0) < u).sum(1).clamp_max(reach.size(0) - 1);
  return all.values.index_select(0, chosen);
}

}  // namespace

Imputation impute(GenerativeModel& model,
                  Guide& guide,
                  const Batch& batch,
                  const ImputationOptions& options) {
  const c10::InferenceMode inference;
  std::vector<Imputation> each;
  std::vector<Tensor> draws;
  for (std::int64_t b = 0; b < batch.size(); ++b) {
    const Batch one = batch.narrow(b, 1);
    const std::int64_t index = batch.indices.at(static_cast<std::size_t>(b));
    const bool is_known = !one.seen.defined() || one.seen.any().item<bool>();
    const Completions all =
        is_known ? from_posterior(model, guide, one, options) : from_prior(model, one, options);
    each.push_back(summary_of(all, options));
    if (options.num_draws > 0) draws.push_back(resampled(all, index, options));
  }
  Imputation out;
  for (Tensor Imputation::*part : {&Imputation::value,
                                   &Imputation::standard_deviation,
                                   &Imputation::lower,
                                   &Imputation::upper,
                                   &Imputation::probability,
                                   &Imputation::effective_sample_size}) {
    std::vector<Tensor> rows;
    for (const Imputation& one : each)
      if ((one.*part).defined()) rows.push_back(one.*part);
    if (!rows.empty()) out.*part = at::stack(rows);
  }
  if (!draws.empty()) out.draws = at::stack(draws, /*dim=*/1);
  return out;
}

}  // namespace elbow
