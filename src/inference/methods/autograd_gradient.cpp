#include "elbow/inference/methods/autograd_gradient.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/scalar_tensor.h>

#include <optional>

#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/inference/objectives/term_sums.h"
#include "elbow/neural/nn/dropout.h"
#include "elbow/neural/nn/gradient_sink.h"

namespace elbow {

namespace {

void accumulate_mean(Tensor& total, const Tensor& part, double weight) {
  const Tensor weighted = weight == 1.0 ? part.detach() : part.detach() * weight;
  total = total.defined() ? total + weighted : weighted;
}

/// The mean of a term, without a graph.
Tensor mean_of(const Tensor& values) {
  const bool is_real = values.scalar_type() == at::kFloat || values.scalar_type() == at::kDouble;
  if (!values.is_cpu() || !values.is_contiguous() || values.numel() > 4096 || !is_real)
    return values.mean();
  return at::scalar_tensor(sum_of_all(values) / static_cast<double>(values.numel()),
                           values.scalar_type());
}

/// Every micro-batch has the same names in the same order.
void accumulate_means(NamedTensors& total, const NamedTensors& part, double weight) {
  total.resize(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    total[i].first = part[i].first;
    accumulate_mean(total[i].second, part[i].second, weight);
  }
}

/// @param weight of the micro-batch in the batch
void add_micro_batch(StepTerms& total, const BoundTerms& terms, double weight) {
  const at::NoGradGuard no_grad;
  const Tensor elbo = mean_of(terms.elbo);
  accumulate_mean(total.elbo, elbo, weight);
  accumulate_mean(total.reconstruction, mean_of(terms.reconstruction), weight);
  accumulate_mean(total.kl, mean_of(terms.kl), weight);
  // Often the same tensor.
  accumulate_mean(
      total.bound, terms.bound.is_same(terms.elbo) ? elbo : mean_of(terms.bound), weight);
  if (terms.kl_per_unit.defined()) accumulate_mean(total.kl_per_unit, terms.kl_per_unit, weight);
  accumulate_means(total.more, terms.more, weight);
}

/// What the guide learns from labels: its loss is the bound's and this.
void add_supervision(Surrogate& surrogate, const Proposals& proposals) {
  const auto [name, gain] = proposals.supervision();
  if (!gain.defined()) return;
  Tensor& loss = surrogate.guide_loss.defined() ? surrogate.guide_loss : surrogate.loss;
  loss = loss - gain;
  surrogate.terms.more.emplace_back(name, gain);
}

}  // namespace

AutogradGradient::AutogradGradient(GenerativeModel& model,
                                   Guide& guide,
                                   Objective& objective,
                                   GradientEstimator& estimator,
                                   const FlatParameters& parameters,
                                   std::int64_t num_examples,
                                   std::uint64_t seed)
    : model_(model),
      guide_(guide),
      objective_(objective),
      estimator_(estimator),
      parameters_(parameters),
      num_examples_(num_examples),
      seed_(seed) {
  groups_.model = model_.parameters();
  for (const Module* module : {static_cast<Module*>(&guide_), static_cast<Module*>(&estimator_)})
    for (const Tensor& parameter : module->parameters()) groups_.guide.push_back(parameter);
}

std::uint64_t AutogradGradient::noise_key(const Clock& clock, std::size_t micro_batch) const {
  // Noise is a function of (seed, step, micro-batch): a resumed run, an evaluation in between or a
  // timing trial cannot shift it.
  return derive_key(seed_ + 0x9E3779B97F4A7C15u * static_cast<std::uint64_t>(seed_offset_),
                    Purpose::training_noise,
                    static_cast<std::uint64_t>(clock.step),
                    micro_batch);
}

at::Generator AutogradGradient::noise_of(const Clock& clock, std::size_t micro_batch) const {
  return seeded_generator(parameters_.values().device(), noise_key(clock, micro_batch));
}

void AutogradGradient::add(StepTerms& total,
                           const Batch& batch,
                           double weight,
                           const at::Generator& noise) {
  const ProfileSpan span(SpanKind::component, "objective");
  StepNoise source(noise);
  const GeneratedMasks masks(noise);
  std::optional<AccumulatesToLeaves> to_leaves;
  if (estimator_.has_one_loss(objective_)) to_leaves.emplace();
  Proposals proposals(model_, guide_, batch, {source, num_examples_});
  Surrogate surrogate = estimator_.estimate(objective_, proposals);
  add_supervision(surrogate, proposals);
  accumulate_mean(total.loss, back_propagate(surrogate, groups_, weight), weight);
  add_micro_batch(total, surrogate.terms, weight);
}

StepTerms AutogradGradient::gradient_of(const Batch& batch, const at::Generator& noise) {
  StepTerms out;
  add(out, batch, /*weight=*/1.0, noise);
  return out;
}

StepTerms AutogradGradient::accumulate(const MicroBatches& micro_batches, const Clock& clock) {
  const double size = static_cast<double>(micro_batches.num_examples());
  StepTerms out;
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const Batch batch = micro_batches[i];
    add(out, batch, static_cast<double>(batch.size()) / size, noise_of(clock, i));
  }
  return out;
}

}  // namespace elbow
