#include "elbow/inference/methods/gradient_vi.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <stdexcept>

#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/inference/methods/autograd_gradient.h"
#include "elbow/models/generative/sourced_masks.h"

namespace elbow {

namespace {

/// Validation of latents that all examples share: one draw of each example's own latents averages
/// over the examples, one draw of weights would not.
constexpr std::int64_t kSharedDraws = 16;

}  // namespace

GradientVi::GradientVi(GenerativeModelPtr model,
                       GuidePtr guide,
                       ObjectivePtr objective,
                       GradientEstimatorPtr estimator,
                       const std::function<OptimizerPtr(const Tensor& values)>& make_optimizer,
                       Options options)
    : model_(std::move(model)),
      guide_(std::move(guide)),
      objective_(std::move(objective)),
      estimator_(std::move(estimator)),
      options_(std::move(options)),
      parameters_(all_parameters()),
      source_(std::make_unique<AutogradGradient>(*model_,
                                                 *guide_,
                                                 *objective_,
                                                 *estimator_,
                                                 parameters_,
                                                 options_.num_examples,
                                                 options_.seed)),
      update_(parameters_,
              make_optimizer(parameters_.values()),
              statistics(),
              {options_.clip_norm, options_.ema_decay}) {}

std::vector<Tensor> GradientVi::statistics() const {
  std::vector<Tensor> out = model_->statistics();
  for (const Module* module : {static_cast<Module*>(&*guide_), static_cast<Module*>(&*estimator_)})
    for (const Tensor& statistic : module->statistics()) out.push_back(statistic);
  return out;
}

void GradientVi::set_training(bool is_training) {
  if (model_->is_training() != is_training) model_->train(is_training);
  if (guide_->is_training() != is_training) guide_->train(is_training);
}

void GradientVi::advance(const Clock& clock) {
  model_->advance(clock);
  guide_->advance(clock);
  objective_->advance(clock);
}

StepReport GradientVi::step(const MicroBatches& micro_batches, const Clock& clock) {
  if (micro_batches.size() > 1 && objective_->is_about_batches())
    throw std::logic_error("the objective has a term of the whole batch, but the batch came in " +
                           std::to_string(micro_batches.size()) + " micro-batches");
  set_training(true);
  advance(clock);
  update_.set_rate(options_.learning_rate->value(clock) * rate_factor_);
  auto [terms, gradient_norm] =
      captured_ && captured_->is_possible(micro_batches)
          ? captured_->run(micro_batches[0], source_->noise_key(clock, 0), objective_->form())
          : take(micro_batches, clock);
  StepReport report;
  report.gradient_norm = gradient_norm;
  report.found_non_finite = update_.found_non_finite();
  const RelaxedValues relaxed = guide_->relaxed_values();
  if (relaxed != RelaxedValues::none) report.means.emplace_back("relaxed_elbo", terms.elbo);
  // The terms of soft latents are none of the model's: those of hard ones are in the records.
  if (relaxed != RelaxedValues::soft) {
    report.means.emplace_back("elbo", terms.elbo);
    report.means.emplace_back("reconstruction", terms.reconstruction);
    if (has_kl()) report.means.emplace_back("kl", terms.kl);
  }
  report.means.emplace_back("objective", terms.bound);
  for (auto& item : terms.more) report.means.push_back(std::move(item));
  report.kl_per_unit = terms.kl_per_unit;
  return report;
}

StepOutcome GradientVi::take(const MicroBatches& micro_batches, const Clock& clock) {
  parameters_.zero_gradients();
  update_.keep();
  StepTerms terms = source_->accumulate(micro_batches, clock);
  Tensor norm = update_.apply(terms.loss);
  return {std::move(terms), std::move(norm)};
}

StepOutcome GradientVi::take(const Batch& batch, const at::Generator& noise) {
  parameters_.zero_gradients();
  update_.keep();
  StepTerms terms = source_->gradient_of(batch, noise);
  Tensor norm = update_.apply(terms.loss);
  return {std::move(terms), std::move(norm)};
}

void GradientVi::ask_for_graph() {
  const at::Device device = parameters_.values().device();
  if (device.is_cpu()) {
    why_eager_ = "engine: graph needs a CUDA device, and this run is on the CPU";
    log::warning(why_eager_);
    return;
  }
  captured_ = std::make_unique<CapturedStep>(
      device,
      [this](const Batch& batch, const at::Generator& noise) { return take(batch, noise); });
}

Engine GradientVi::engine() const {
  if (!captured_) return {"autograd", why_eager_, /*is_option=*/true};
  const std::string why = captured_->why_not();
  return why.empty() ? Engine{"graph", "asked for", /*is_option=*/true}
                     : Engine{"autograd", why, /*is_option=*/true};
}

BoundTerms GradientVi::hard_terms(const Batch& batch,
                                  const ConditionedGuide& q,
                                  RandomSource& source) {
  const Trace guide_trace = q.draw(
      has_global_sites() ? kSharedDraws : num_evaluation_draws(), source, DrawGradient::pathwise);
  const Trace model_trace =
      model_->score(batch, guide_trace, ModelContext{source, options_.num_examples});
  return options_.evaluates_objective ? objective_->terms(model_trace, guide_trace)
                                      : objective_->parts(model_trace, guide_trace);
}

EvaluationTerms GradientVi::evaluate(const Batch& batch, RandomSource& source) {
  const at::NoGradGuard no_grad;
  set_training(false);
  const SourcedMasks masks(source, /*num_draws=*/1);
  const ConditionedGuidePtr q = guide_->condition(batch);
  const BoundTerms terms = hard_terms(batch, *q, source);
  // An example of several data sets side by side has a term of each: their mean.
  const auto each = [&batch](const Tensor& term) {
    return term.size(0) == batch.size() ? term : term.unflatten(0, {batch.size(), -1}).mean(1);
  };
  EvaluationTerms out{{"elbo", each(terms.elbo)}, {"reconstruction", each(terms.reconstruction)}};
  if (has_kl()) out.emplace_back("kl", each(terms.kl));
  if (options_.evaluates_objective) out.emplace_back("objective", each(terms.bound));
  switch (guide_->relaxed_values()) {
    case RelaxedValues::none:
      break;
    case RelaxedValues::hard:
      out.emplace_back("relaxed_elbo", out.front().second);
      break;
    case RelaxedValues::soft: {
      const Trace relaxed = q->draw_relaxed(num_evaluation_draws(), source);
      const Trace scored = q->relaxed(
          model_->score(batch, relaxed, ModelContext{source, options_.num_examples}), relaxed);
      out.emplace_back("relaxed_elbo", objective_->parts(scored, relaxed).elbo);
    }
  }
  return out;
}

std::vector<std::pair<std::string, double>> GradientVi::terms_for_record(
    const MicroBatches& micro_batches, const Clock& clock) {
  if (guide_->relaxed_values() != RelaxedValues::soft) return {};
  const at::NoGradGuard no_grad;
  set_training(false);
  double elbo = 0, reconstruction = 0, kl = 0;
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const Batch batch = micro_batches[i];
    // Keyed, so that recording moves no generator.
    KeyedSource source(derive_key(options_.seed,
                                  Purpose::training_noise,
                                  static_cast<std::uint64_t>(clock.step),
                                  key_of_name("record")),
                       Purpose::evaluation_noise,
                       batch.indices,
                       row_range(0, num_evaluation_draws()));
    const SourcedMasks masks(source, /*num_draws=*/1);
    const BoundTerms terms = hard_terms(batch, *guide_->condition(batch), source);
    elbo += terms.elbo.sum().item<double>();
    reconstruction += terms.reconstruction.sum().item<double>();
    kl += terms.kl.sum().item<double>();
  }
  const auto count = static_cast<double>(micro_batches.num_examples());
  return {{"elbo", elbo / count}, {"reconstruction", reconstruction / count}, {"kl", kl / count}};
}

std::int64_t GradientVi::num_evaluation_draws() const {
  return options_.evaluates_objective && !has_global_sites() ? objective_->num_particles() : 1;
}

std::vector<Metric> GradientVi::metrics() const {
  std::vector<Metric> out{Metric{}, {"reconstruction", "reconstruction", "nats", true}};
  if (options_.evaluates_objective) out.push_back({"objective", "objective", "nats", true});
  for (Metric& one : out) one.is_mean_over_examples = model_->target() == nullptr;
  return out;
}

std::shared_ptr<void> GradientVi::use_evaluated_weights() {
  if (!options_.evaluates_average || !update_.average().defined()) return nullptr;
  const at::NoGradGuard no_grad;
  const Tensor raw = parameters_.values().clone();
  parameters_.values().copy_(update_.average());
  return {nullptr, [this, raw](void*) {
            const at::NoGradGuard no_gradient;
            parameters_.values().copy_(raw);
          }};
}

std::vector<std::pair<std::string, double>> GradientVi::schedule_values(const Clock& clock) {
  advance(clock);
  auto values = objective_->schedule_values();
  for (auto& value : guide_->schedule_values()) values.push_back(std::move(value));
  values.insert(values.begin(),
                {"learning_rate", options_.learning_rate->value(clock) * rate_factor_});
  return values;
}

void GradientVi::set_retry(std::int64_t seed_offset, double rate_factor) {
  source_->set_seed_offset(seed_offset);
  rate_factor_ = rate_factor;
}

Json GradientVi::explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) {
  update_.keep();
  set_training(true);
  parameters_.zero_gradients();
  advance(clock);
  Json out = source_->explain_non_finite(micro_batches, clock);
  update_.put_back();
  return out;
}

}  // namespace elbow
