#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

#include "class_frame.h"
#include "elbow/foundations/core/error.h"
#include "elbow/models/conjugate/hidden_markov.h"
#include "state_posterior.h"

namespace elbow {

namespace {

/// Sum over the steps of each sequence, [B]. @param values [M]
Tensor by_sequence(const Sequences& data, const Tensor& values) {
  Tensor out = at::zeros({data.count()}, at::kDouble);
  const Tensor input = values.contiguous();
  const double* from = input.const_data_ptr<double>();
  double* to = out.mutable_data_ptr<double>();
  for (std::int64_t n = 0; n < data.count(); ++n)
    for (std::int64_t t = 0; t < data.length(n); ++t) to[n] += *from++;
  return out;
}

/// @param initial [K] @param transitions [K, K] expected logarithms
MarkovChain chain_of(const Tensor& initial, const Tensor& transitions) {
  const Tensor first = initial.contiguous(), rows = transitions.contiguous();
  return {first.size(0), first.const_data_ptr<double>(), rows.const_data_ptr<double>()};
}

}  // namespace

Sequences HiddenMarkov::checked(const Batch& batch) const {
  Sequences out = without_padding(batch);
  components_->check(out.steps);
  return out;
}

Tensor HiddenMarkov::scores(const Tensor& steps, const Globals& globals) const {
  const Tensor& mean = globals.mean(kComponents);
  if (globals.frame().defined()) return framed_scores(*components_, steps, mean, globals.frame());
  return components_->expected_score(steps, mean);
}

StatePosterior HiddenMarkov::posterior(const Sequences& data,
                                       const Tensor& score,
                                       const Globals& globals,
                                       const Tensor& local) const {
  std::optional<MeanFieldSweeps> sweeps;
  Tensor begin = at::zeros_like(score);
  if (!is_chain_) {
    sweeps = MeanFieldSweeps{most_sweeps_, tolerance_};
    if (local.defined())
      begin = local.reshape({-1, num_states_}).index_select(0, data.padded_rows());
  }
  return state_posterior(
      chain_of(globals.mean(kInitial), globals.mean(kTransitions)), data, score, sweeps, begin);
}

LocalStep HiddenMarkov::local_step(const Batch& batch,
                                   const Globals& globals,
                                   const Tensor& local) const {
  const Sequences data = checked(batch);
  const StatePosterior found = posterior(data, scores(data.steps, globals), globals, local);
  LocalStep out;
  out.bound = found.bound;
  out.statistics.parts = {found.initial, found.pairs};
  out.statistics.entropy = found.entropy;
  if (globals.frame().defined()) {
    const FramedSums sums =
        framed_sums(*components_, data.steps, found.probability, globals.frame());
    out.statistics.parts.push_back(sums.part);
    out.statistics.constant = sums.constant;
  } else {
    const Tensor base = by_sequence(data, components_->base(data.steps));
    out.bound = out.bound + base;
    out.statistics.parts.push_back(components_->collect(data.steps, found.probability));
    out.statistics.constant = fixed_sum(base);
  }
  // A sequence without a possible path has no expectations to say so.
  if (is_chain_ && found.bound.eq(kLogZero).any().item<bool>()) out.statistics.constant = kLogZero;
  out.statistics.count = static_cast<double>(batch.size());
  if (!is_chain_) out.local = data.padded(found.probability, 0.0).flatten(1);
  return out;
}

Tensor HiddenMarkov::log_predictive(const Batch& batch, const Globals& globals) const {
  for (const auto& factor : factors_)
    if (!factor.is_point) return {};
  const Sequences data = checked(batch);
  const Tensor out = log_normalisers(chain_of(globals.mean(kInitial), globals.mean(kTransitions)),
                                     data,
                                     scores(data.steps, globals));
  if (globals.frame().defined()) return out;
  return out + by_sequence(data, components_->base(data.steps));
}

std::optional<LocationPrior> HiddenMarkov::location_prior(const Tensor& spread) const {
  if (factors_[kComponents].is_flat) return std::nullopt;
  return components_->location_prior(spread);
}

bool HiddenMarkov::excludes_some(const Globals& globals) const {
  return globals.mean(kComponents).isneginf().any().item<bool>();
}

Encoding HiddenMarkov::encode(const Batch& batch, const Globals& globals) const {
  const Sequences data = checked(batch);
  const Tensor score = scores(data.steps, globals);
  const StatePosterior found = posterior(data, score, globals, {});
  Tensor path =
      best_paths(chain_of(globals.mean(kInitial), globals.mean(kTransitions)), data, score);
  path = data.padded(path, -1.0).squeeze(-1);
  Tensor probability = data.padded(found.probability, 0.0);
  if (!excludes_some(globals)) {
    // Every sequence is possible, so one without a bound has overflowed.
    constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
    const Tensor is_lost = found.bound.isfinite().logical_not();
    probability = probability.masked_fill(is_lost.view({-1, 1, 1}), kUndefined);
    path = path.masked_fill(is_lost.view({-1, 1}), kUndefined);
  }
  return {{"state_probability", probability}, {"path", path}};
}

}  // namespace elbow
