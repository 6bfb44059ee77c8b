#include "elbow/inference/gradient_vi.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <stdexcept>

#include "elbow/core/philox.h"
#include "elbow/models/sourced_masks.h"

namespace elbow {

namespace {

Tensor scalar_like(const Tensor& values, double value) {
  return at::full({}, value, values.options().dtype(at::kFloat));
}

void accumulate(Tensor& total, const Tensor& part, double weight) {
  const Tensor weighted = part.detach() * weight;
  total = total.defined() ? total + weighted : weighted;
}

/// Every piece has the same names in the same order.
void accumulate(NamedTensors& total, const NamedTensors& part, double weight) {
  total.resize(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    total[i].first = part[i].first;
    accumulate(total[i].second, part[i].second, weight);
  }
}

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
      optimizer_(make_optimizer(parameters_.values())),
      rate_(scalar_like(parameters_.values(), 0.0)),
      found_(scalar_like(parameters_.values(), 0.0)) {
  if (options_.ema_decay > 0) average_ = parameters_.values().clone();
  climbing_.model = model_->parameters();
  for (const torch::nn::Module* module : {static_cast<torch::nn::Module*>(guide_.get()),
                                          static_cast<torch::nn::Module*>(estimator_.get())})
    for (const Tensor& parameter : module->parameters()) climbing_.guide.push_back(parameter);
}

void GradientVi::seed_step(const Clock& clock, std::size_t piece) {
  // Noise is a function of (seed, step, piece): a resumed run, an evaluation in between or a timing
  // trial cannot shift it.
  const std::uint64_t key =
      derive_key(options_.seed + 0x9E3779B97F4A7C15u * static_cast<std::uint64_t>(seed_offset_),
                 Purpose::training_noise,
                 static_cast<std::uint64_t>(clock.step),
                 piece);
  seed_default_generators(key, parameters_.values().device());
}

void GradientVi::set_training(bool is_training) {
  if (model_->is_training() != is_training) model_->train(is_training);
  if (guide_->is_training() != is_training) guide_->train(is_training);
}

StepReport GradientVi::step(const Pieces& pieces, const Clock& clock) {
  if (pieces.size() > 1 && objective_->is_about_batches())
    throw std::logic_error("the objective has a term of the whole batch, but the batch came in " +
                           std::to_string(pieces.size()) + " pieces");
  set_training(true);
  parameters_.zero_gradients();
  objective_->advance(clock);
  // Running statistics move in the forward pass, before anybody knows whether the step is finite.
  NamedTensors buffers = all_buffers();
  std::vector<Tensor> buffers_before;
  for (const auto& buffer : buffers) buffers_before.push_back(buffer.second.clone());
  const double size = static_cast<double>(pieces.num_examples());
  Tensor elbo, reconstruction, kl, bound, loss, per_unit;
  NamedTensors more;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    seed_step(clock, i);
    GeneratorSource source;
    const Tensor x = pieces[i].x;
    const double weight = static_cast<double>(x.size(0)) / size;
    Proposals proposals(*model_, *guide_, x, source);
    const Surrogate surrogate = estimator_->estimate(*objective_, proposals);
    accumulate(loss, back_propagate(surrogate, climbing_, weight), weight);
    accumulate(elbo, surrogate.terms.elbo.mean(), weight);
    accumulate(reconstruction, surrogate.terms.reconstruction.mean(), weight);
    accumulate(kl, surrogate.terms.kl.mean(), weight);
    accumulate(bound, surrogate.terms.bound.mean(), weight);
    if (surrogate.terms.kl_per_unit.defined())
      accumulate(per_unit, surrogate.terms.kl_per_unit, weight);
    accumulate(more, surrogate.terms.more, weight);
  }
  const at::NoGradGuard no_grad;
  check_finite(parameters_.gradients(), loss, found_);
  const double most = options_.clip_norm > 0 ? options_.clip_norm : INFINITY;
  StepReport report;
  report.gradient_norm = clip_global_norm(parameters_.gradients(), most);
  check_squares(parameters_.gradients(), report.gradient_norm.clamp_max(most), found_);
  for (std::size_t i = 0; i < buffers.size(); ++i)
    buffers[i].second.copy_(at::where(found_ > 0, buffers_before[i], buffers[i].second));
  rate_.fill_(options_.learning_rate->value(clock) * rate_factor_);
  optimizer_->step(parameters_.values(), parameters_.gradients(), rate_, found_);
  if (average_.defined())
    update_average(average_, parameters_.values(), options_.ema_decay, found_);
  report.means = {{"elbo", elbo}, {"reconstruction", reconstruction}};
  if (has_latents()) report.means.emplace_back("kl", kl);
  report.means.emplace_back("objective", bound);
  for (auto& item : more) report.means.push_back(std::move(item));
  report.found_non_finite = found_;
  report.kl_per_unit = per_unit;
  return report;
}

EvaluationTerms GradientVi::evaluate(const Batch& batch, RandomSource& source) {
  const at::NoGradGuard no_grad;
  set_training(false);
  const SourcedMasks masks(source, /*num_draws=*/1);
  const Trace guide_trace =
      guide_->propose(batch.x, guide_->is_shared() ? kSharedDraws : 1, source);
  const Trace model_trace = model_->score(batch.x, guide_trace);
  const BoundTerms terms = objective_->parts(model_trace, guide_trace);
  // An example of several data sets side by side has a term of each: their mean.
  const auto each = [&batch](const Tensor& term) {
    return term.size(0) == batch.x.size(0) ? term
                                           : term.unflatten(0, {batch.x.size(0), -1}).mean(1);
  };
  EvaluationTerms out{{"elbo", each(terms.elbo)}, {"reconstruction", each(terms.reconstruction)}};
  if (has_latents()) out.emplace_back("kl", each(terms.kl));
  return out;
}

std::vector<std::pair<std::string, double>> GradientVi::schedule_values(const Clock& clock) {
  objective_->advance(clock);
  auto values = objective_->schedule_values();
  values.insert(values.begin(),
                {"learning_rate", options_.learning_rate->value(clock) * rate_factor_});
  return values;
}

void GradientVi::set_retry(std::int64_t seed_offset, double rate_factor) {
  seed_offset_ = seed_offset;
  rate_factor_ = rate_factor;
}

}  // namespace elbow
