#include "elbow/inference/methods/sgld.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/flat_state.h"
#include "elbow/inference/monte_carlo/chain_noise.h"

namespace elbow {

Sgld::Sgld(GenerativeModelPtr model, std::shared_ptr<DrawsGuide> guide, Options options)
    : model_(std::move(model)), guide_(std::move(guide)), options_(std::move(options)) {
  const std::int64_t chains = guide_->num_chains(), size = guide_->joint().size();
  std::vector<double> start;
  for (std::int64_t chain = 0; chain < chains; ++chain) {
    ChainNoise noise(
        derive_key(options_.seed, Purpose::initialisation, static_cast<std::uint64_t>(chain) + 1));
    for (std::int64_t i = 0; i < size; ++i) start.push_back(noise.normal() * options_.start_scale);
  }
  positions_ = options_.starts.defined() ? options_.starts.clone()
                                         : at::tensor(start, at::kDouble).reshape({chains, size});
  squares_ = at::zeros_like(positions_);
}

Sgld::Gradient Sgld::gradient(const MicroBatches& micro_batches) const {
  const Tensor flat = positions_.unsqueeze(1).detach().requires_grad_();
  Gradient out;
  GeneratorSource nothing_drawn;
  const auto total = static_cast<double>(micro_batches.num_examples());
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const Batch batch = micro_batches[i];
    const double share = static_cast<double>(batch.size()) / total;
    const auto terms = guide_->joint().terms(flat, batch, options_.num_examples, nothing_drawn);
    const Tensor log_joint = terms.log_joint() * share;
    const Tensor found = torch::autograd::grad({log_joint.sum()}, {flat})[0].squeeze(1);
    out.log_joint = out.log_joint.defined() ? out.log_joint + log_joint.detach().squeeze(1)
                                            : log_joint.detach().squeeze(1);
    out.values = out.values.defined() ? out.values + found : found;
  }
  return out;
}

Tensor Sgld::noise(std::int64_t iteration) const {
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(positions_.numel()));
  const std::uint64_t seed =
      options_.seed + 0x9E3779B97F4A7C15u * static_cast<std::uint64_t>(seed_offset_);
  for (std::int64_t chain = 0; chain < positions_.size(0); ++chain) {
    ChainNoise source = ChainNoise::of(seed, iteration, chain);
    for (std::int64_t i = 0; i < positions_.size(1); ++i) out.push_back(source.normal());
  }
  return at::tensor(out, at::kDouble).reshape(positions_.sizes());
}

StepReport Sgld::step(const MicroBatches& micro_batches, const Clock& clock) {
  if (model_->is_training()) model_->train(false);
  const Gradient found = gradient(micro_batches);
  const at::NoGradGuard no_grad;
  StepReport report;
  const bool is_finite =
      found.values.isfinite().all().item<bool>() && found.log_joint.isfinite().all().item<bool>();
  report.found_non_finite = at::full({}, is_finite ? 0.0 : 1.0, at::kFloat);
  report.gradient_norm = found.values.norm();
  report.means = {{metrics().front().name, found.log_joint.mean()}};
  if (!is_finite) return report;
  const double step = options_.step_size->value(clock) * rate_factor_;
  constexpr double kMemory = 0.99, kFloor = 1e-5;
  Tensor metric = at::full({}, 1.0, at::kDouble);
  if (options_.is_preconditioned) {
    const Tensor mean = found.values / static_cast<double>(options_.num_examples);
    // A metric that followed the chain would need its derivative's term: it stays as the warm-up
    // left it.
    if (clock.step < options_.num_warmup)
      squares_ = squares_ * kMemory + mean.square() * (1 - kMemory);
    metric = (squares_.sqrt() + kFloor).reciprocal();
  }
  positions_ =
      positions_ + metric * found.values * (step / 2) + (metric * step).sqrt() * noise(clock.step);
  const std::int64_t after = clock.step - options_.num_warmup + 1;
  if (after > 0 && after % options_.thin == 0 && guide_->num_made() < guide_->num_draws()) {
    const auto columns = static_cast<std::int64_t>(DrawsGuide::columns().size());
    const Tensor statistics = at::zeros({positions_.size(0), columns}, at::kDouble);
    statistics.select(1, 0).copy_(found.log_joint);
    statistics.select(1, 1).fill_(1);
    statistics.select(1, 2).fill_(step);
    guide_->add(positions_, statistics);
  }
  return report;
}

EvaluationTerms Sgld::evaluate(const Batch& batch, RandomSource& source) {
  const at::NoGradGuard no_grad;
  const Tensor points = guide_->num_made() > 0 ? guide_->points() : positions_.unsqueeze(1);
  const auto terms = guide_->joint().terms(points, batch, options_.num_examples, source);
  return {{metrics().front().name, terms.log_joint().mean().expand({batch.size()})}};
}

std::vector<Metric> Sgld::metrics() const {
  return {{"log_density", "log density of the chains", "nats per draw", /*is_higher_better=*/true}};
}

std::vector<std::pair<std::string, double>> Sgld::schedule_values(const Clock& clock) {
  return {{"step_size", options_.step_size->value(clock) * rate_factor_}};
}

InferenceState Sgld::state() const {
  InferenceState out;
  for (const auto& item : model_->named_buffers())
    out.model.emplace_back("model." + item.key(), item.value().detach().clone());
  for (const auto& item : guide_->named_buffers())
    out.model.emplace_back("guide." + item.key(), item.value().detach().clone());
  out.optimizer = {{"positions", positions_.clone()}, {"squares", squares_.clone()}};
  return out;
}

void Sgld::load(const InferenceState& state, const std::string& source) {
  const at::NoGradGuard no_grad;
  NamedTensors buffers{{"positions", at::zeros_like(positions_)},
                       {"squares", at::zeros_like(positions_)}};
  load_named_weights(buffers, {}, state.optimizer, /*use_average=*/false, source);
  NamedTensors stored;
  for (const auto& item : model_->named_buffers())
    stored.emplace_back("model." + item.key(), item.value());
  load_named_weights({}, stored, state.model, /*use_average=*/false, source);
  guide_->load(state.model, source);
  positions_ = buffers[0].second;
  squares_ = buffers[1].second;
}

void Sgld::set_retry(std::int64_t seed_offset, double rate_factor) {
  seed_offset_ = seed_offset;
  rate_factor_ = rate_factor;
}

Json Sgld::explain_non_finite(const MicroBatches& micro_batches, const Clock&) {
  for (std::size_t i = 0; i < micro_batches.size(); ++i)
    if (const Tensor x = micro_batches[i].x; !x.isfinite().all().item<bool>())
      return {{"first", "data"}};
  const Gradient found = gradient(micro_batches);
  for (std::int64_t chain = 0; chain < positions_.size(0); ++chain)
    if (!found.values[chain].isfinite().all().item<bool>() ||
        !found.log_joint[chain].isfinite().item<bool>())
      return {{"first", "gradient of chain " + std::to_string(chain + 1)},
              {"try", "set a smaller inference.step_size"}};
  return {{"terms", Json::object()}};
}

}  // namespace elbow
