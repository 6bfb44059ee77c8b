#include "elbow/inference/methods/svgd.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/inference/particles/preconditioner.h"

namespace elbow {
namespace {

using torch::autograd::grad;
using torch::autograd::variable_list;

void add_to(Tensor& total, const Tensor& part) {
  if (part.defined()) total = total.defined() ? total + part : part;
}

/// Which particles of a data set have a finite density and score.
/// @param log_joint [N] @param scores [N, U] @return [N] bool
Tensor which_are_finite(const Tensor& log_joint, const Tensor& scores) {
  return scores.isfinite().all(1).logical_and(log_joint.isfinite());
}

}  // namespace

const std::vector<std::string>& curvatures() {
  static const std::vector<std::string> names{"none", "fisher", "hessian"};
  return names;
}

Svgd::Svgd(GenerativeModelPtr model,
           std::shared_ptr<ParticleGuide> guide,
           SteinKernelPtr kernel,
           const std::function<OptimizerPtr(const Tensor& values)>& make_optimizer,
           Options options)
    : model_(std::move(model)),
      guide_(std::move(guide)),
      kernel_(std::move(kernel)),
      options_(std::move(options)),
      parameters_(all_parameters()),
      update_(parameters_,
              make_optimizer(parameters_.values()),
              model_->statistics(),
              {options_.clip_norm, /*ema_decay=*/0}),
      residual_(at::full({}, std::numeric_limits<double>::infinity(), at::kDouble)),
      held_(at::full(
          {guide_->joint().num_groups(), guide_->joint().size()}, std::nan(""), at::kDouble)) {
  const std::int64_t size = guide_->joint().size();
  if (options_.keeps_first_metric)
    factors_ = at::zeros({guide_->joint().num_groups(), size, size}, particles().options());
}

NamedTensors Svgd::all_parameters() const { return named_parameters(*model_, *guide_); }

NamedTensors Svgd::all_buffers() const { return named_buffers(*model_, *guide_); }

Tensor Svgd::predictive(const UnconstrainedJoint::Terms& terms) const {
  if (!terms.of_each_response.defined()) return terms.log_prior.mean();
  const double count = static_cast<double>(terms.of_each_response.size(0));
  return at::logsumexp(terms.of_each_response, {0}) - std::log(count);
}

bool Svgd::needs_metric() const {
  if (options_.curvature == Curvature::none) return false;
  return !options_.keeps_first_metric || factors_.abs().max().item<double>() == 0;
}

bool Svgd::has_metric() const {
  return options_.curvature != Curvature::none && factors_.defined() &&
         factors_.abs().max().item<double>() > 0;
}

Svgd::Scores Svgd::scores(const MicroBatches& micro_batches, const Clock& clock) {
  const ProfileSpan span(SpanKind::component, "model");
  const Tensor& points = particles();
  variable_list leaves{points};
  for (const Tensor& parameter : model_->parameters()) leaves.push_back(parameter);
  const bool needs_hessian = options_.curvature == Curvature::hessian && needs_metric();
  Scores out;
  out.of_model.resize(leaves.size() - 1);
  const auto total = static_cast<double>(micro_batches.num_examples());
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const Batch batch = micro_batches[i];
    const double share = static_cast<double>(batch.size()) / total;
    StepNoise source(seeded_generator(
        points.device(),
        derive_key(options_.seed + 0x9E3779B97F4A7C15u * static_cast<std::uint64_t>(seed_offset_),
                   Purpose::training_noise,
                   static_cast<std::uint64_t>(clock.step),
                   i)));
    // A micro-batch's estimate is of the whole data set: together their mean.
    const auto terms = guide_->joint().terms(points, batch, options_.num_examples, source);
    const Tensor log_joint = terms.log_joint() * share;
    const auto found = grad({log_joint.sum()},
                            leaves,
                            {},
                            /*retain_graph=*/needs_hessian,
                            /*create_graph=*/needs_hessian,
                            /*allow_unused=*/true);
    if (needs_hessian) {
      std::vector<Tensor> rows;
      for (std::int64_t d = 0; d < points.size(2); ++d) {
        const Tensor row =
            found[0].requires_grad()
                ? grad({found[0].select(2, d).sum()}, {points}, {}, true, false, true)[0]
                : Tensor();
        rows.push_back(row.defined() ? -row.mean(0) : at::zeros_like(points[0]).detach());
      }
      add_to(out.hessian, at::stack(rows, 1));
    }
    add_to(out.of_particles, found[0].detach());
    for (std::size_t p = 1; p < found.size(); ++p)
      if (found[p].defined()) add_to(out.of_model[p - 1], found[p].detach());
    add_to(out.log_joint, log_joint.detach());
    add_to(out.predictive, predictive(terms).detach().mean() * share);
  }
  return out;
}

Tensor Svgd::metric_of(const Scores& found, std::int64_t group) const {
  return metric_factor(options_.curvature == Curvature::hessian
                           ? found.hessian[group]
                           : fisher_of(found.of_particles.select(1, group)),
                       options_.damping);
}

Tensor Svgd::directions_of_group(const Tensor& points, const Tensor& scores, std::int64_t group) {
  return has_metric() ? preconditioned_direction(*kernel_, points, scores, factors_[group])
                      : kernel_->direction(points, scores);
}

void Svgd::find_metric(const Scores& found) {
  // Particles that are lost have no curvature: the metric stays as it was, if there is one.
  if (!needs_metric() || !found.of_particles.isfinite().all().item<bool>()) return;
  std::vector<Tensor> factors;
  for (std::int64_t group = 0; group < found.of_particles.size(1); ++group)
    factors.push_back(metric_of(found, group));
  factors_ = at::stack(factors);
}

Tensor Svgd::directions(const Scores& found) {
  const ProfileSpan span(SpanKind::component, "kernel");
  std::vector<Tensor> out;
  num_lost_ = 0;
  for (std::int64_t group = 0; group < found.of_particles.size(1); ++group) {
    const Tensor points = particles().detach().select(1, group).contiguous();
    const Tensor scores = found.of_particles.select(1, group).contiguous();
    const Tensor is_known = which_are_finite(found.log_joint.select(1, group), scores);
    if (is_known.all().item<bool>()) {
      out.push_back(directions_of_group(points, scores, group));
      continue;
    }
    num_lost_ += scores.size(0) - is_known.sum().item<std::int64_t>();
    const Tensor known = is_known.nonzero().squeeze(1);
    if (!options_.holds_lost || known.numel() == 0) {
      out.push_back(scores * std::nan(""));
      continue;
    }
    Tensor held = at::zeros_like(scores);
    held.index_copy_(
        0,
        known,
        directions_of_group(points.index_select(0, known), scores.index_select(0, known), group));
    out.push_back(held);
  }
  return at::stack(out, 1);
}

void Svgd::set_gradients(const Scores& found, const Tensor& phi) {
  particles().grad().copy_(-phi);
  const double per_example =
      1 / (static_cast<double>(particles().size(0)) * static_cast<double>(options_.num_examples));
  const auto of_model = model_->parameters();
  for (std::size_t i = 0; i < of_model.size(); ++i)
    if (found.of_model[i].defined()) of_model[i].grad().copy_(found.of_model[i] * -per_example);
}

void Svgd::note_rest(const Tensor& phi, const Tensor& held) {
  residual_.copy_(phi.abs().max());
  // Of minibatches each step's is noisy: a mean over some twenty.
  const bool is_first = !held_.isfinite().all().item<bool>();
  held_.copy_(options_.is_whole || is_first ? held : held_ + 0.05 * (held - held_));
}

Tensor Svgd::mean_log_joint(const Scores& found) const {
  if (!options_.holds_lost) return found.log_joint.mean();
  return found.log_joint.masked_select(found.log_joint.isfinite()).mean();
}

StepReport Svgd::step(const MicroBatches& micro_batches, const Clock& clock) {
  if (!model_->is_training()) model_->train(true);
  model_->advance(clock);
  parameters_.zero_gradients();
  update_.keep();
  update_.set_rate(options_.learning_rate->value(clock) * rate_factor_);
  Scores found = scores(micro_batches, clock);
  const at::NoGradGuard no_grad;
  find_metric(found);
  const Tensor apart = particles() - particles().mean(0, /*keepdim=*/true);
  const Tensor held = -(apart * found.of_particles).mean(0);  // [G, U]
  const double temperature = options_.temperature->value(clock);
  if (temperature != 1) found.of_particles = found.of_particles / temperature;
  const Tensor phi = directions(found), log_joint = mean_log_joint(found);
  set_gradients(found, phi);
  StepReport report;
  report.gradient_norm = update_.apply(-log_joint);
  report.found_non_finite = update_.found_non_finite();
  if (report.found_non_finite.item<float>() == 0) note_rest(phi, held);
  report.means = {{metrics().front().name, found.predictive},
                  {"log_joint", log_joint / static_cast<double>(options_.num_examples)},
                  {"residual", phi.abs().max()},
                  {"held_dimensions", held.sum(1).mean()}};
  if (options_.holds_lost)
    report.means.emplace_back("lost_particles", at::full({}, static_cast<double>(num_lost_)));
  return report;
}

EvaluationTerms Svgd::evaluate(const Batch& batch, RandomSource& source) {
  const at::NoGradGuard no_grad;
  if (model_->is_training()) model_->train(false);
  const auto terms = guide_->joint().terms(particles(), batch, options_.num_examples, source);
  const Tensor each = predictive(terms);
  return {{metrics().front().name, each.dim() == 0 ? each.expand({batch.size()}) : each.mean(1)}};
}

std::vector<Metric> Svgd::metrics() const {
  if (has_responses())
    return {{"log_predictive", "log predictive density", "nats", /*is_higher_better=*/true}};
  return {{"log_density", "mean log density", "nats per particle", /*is_higher_better=*/true}};
}

std::vector<std::pair<std::string, double>> Svgd::schedule_values(const Clock& clock) {
  const at::NoGradGuard no_grad;
  std::vector<std::pair<std::string, double>> out{
      {"learning_rate", options_.learning_rate->value(clock) * rate_factor_},
      {"temperature", options_.temperature->value(clock)}};
  Tensor first = particles().detach().select(1, 0).contiguous();
  // As the kernel sees them.
  if (has_metric()) first = first.mm(factors_[0]);
  if (!first.isfinite().all().item<bool>()) return out;
  for (auto& value : kernel_->values(first)) out.push_back(std::move(value));
  return out;
}

bool Svgd::has_converged() const {
  return options_.tolerance > 0 && residual_.item<double>() <= options_.tolerance;
}

}  // namespace elbow
