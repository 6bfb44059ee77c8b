#include "elbow/inference/methods/advi.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "elbow/foundations/core/philox.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow {
namespace {

constexpr double kWorst = std::numeric_limits<double>::lowest();

/// Each draw with its mirror image: what is odd around the centre has no noise.
class AntitheticNoise : public RandomSource {
 public:
  explicit AntitheticNoise(std::uint64_t key) : half_(seeded_generator(at::kCPU, key)) {}
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override {
    if (shape.empty() || shape[0] % 2 != 0) return half_.normal(shape, options);
    const Tensor one = half_.normal(half_of(shape), options);
    return at::cat({one, -one});
  }
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override {
    if (shape.empty() || shape[0] % 2 != 0) return half_.uniform(shape, options);
    const Tensor one = half_.uniform(half_of(shape), options);
    return at::cat({one, 1 - one});
  }

 private:
  static std::vector<std::int64_t> half_of(at::IntArrayRef shape) {
    std::vector<std::int64_t> out = shape.vec();
    out[0] /= 2;
    return out;
  }
  StepNoise half_;
};

Batch nobody() { return {at::empty({1}, at::kDouble)}; }

Tensor number_of(double value) { return at::scalar_tensor(value, at::kDouble); }

const Target& density_of(const GenerativeModel& model) {
  if (model.target() == nullptr) throw std::logic_error("Advi: the model is no target");
  return *model.target();
}

NamedTensors parameters_of(Guide& guide) {
  NamedTensors out;
  for (const auto& item : guide.named_parameters()) out.emplace_back(item.key(), item.value());
  return out;
}

bool is_plain_normal(const DistributionPtr& q) {
  return dynamic_cast<const FullRankNormal*>(&*q) != nullptr ||
         dynamic_cast<const DiagNormal*>(&*q) != nullptr;
}

}  // namespace

Advi::Advi(GenerativeModelPtr model,
           std::shared_ptr<StandardisedGuide> guide,
           const Options& options)
    : model_(std::move(model)),
      guide_(std::move(guide)),
      options_(options),
      search_(density_of(*model_), options.search),
      parameters_(parameters_of(guide_->inner())),
      size_(target().size()),
      is_normal_(is_plain_normal(guide_->standard(nobody()))) {
  const Tensor& values = parameters_.values();
  mean_factor_ = at::eye(is_normal_ ? size_ : 0, at::kDouble);
  curvature_ = at::eye(is_normal_ ? size_ : 0, at::kDouble);
  // A normal begins at N(0, I) of the standardised coordinates; all its other parameters are
  // logarithms of scales, or lie below the diagonal.
  iterate_ = is_normal_ ? at::zeros_like(values) : values.detach().clone();
  first_moment_ = at::zeros_like(values);
  second_moment_ = at::zeros_like(values);
  sum_ = at::zeros_like(values);
  start_ = iterate_.clone();
  best_ = iterate_.clone();
  previous_ = at::zeros({2 * size_}, at::kDouble);
  blocks_.parameters = at::empty({0, values.numel()}, at::kDouble);
  blocks_.values = at::empty({0, 2 * size_}, at::kDouble);
}

void Advi::write_parameters(const Tensor& iterate) {
  const at::NoGradGuard no_grad;
  const Tensor& values = parameters_.values();
  values.copy_(iterate);
  if (is_normal_)
    values.narrow(0, 0, size_).copy_(at::matmul(mean_factor_, iterate.narrow(0, 0, size_)));
}

std::int64_t Advi::draws_now() const {
  const std::int64_t doublings = phase_ == Phase::stages ? std::min(stage_, kMostDoublings) : 0;
  return options_.draws_per_step << doublings;
}

Tensor Advi::log_density_where_it_is(Tensor& e, Tensor& log_q, double& share) const {
  const auto log_p = [this](const Tensor& at) {
    return target().log_density(guide_->unstandardised(at)) + guide_->log_det();
  };
  const Tensor all = log_p(e);
  const Tensor holds = at::isfinite(all.detach()).flatten();
  share = holds.to(at::kDouble).mean().item<double>();
  if (share == 1 || share == 0) return all;
  const Tensor kept = holds.nonzero().squeeze(1);
  e = e.index_select(0, kept);
  if (log_q.defined()) log_q = log_q.index_select(0, kept);
  return log_p(e);
}

Advi::Terms Advi::draw_terms(const DistributionPtr& q, RandomSource& source) {
  const std::int64_t draws = draws_now();
  const Distribution::Traits traits = q->traits();
  Terms out;
  if (!traits.has_rsample) {
    const auto strata = q->stratified_rsample({draws}, source);
    if (!strata) throw std::logic_error("Advi: no gradient flows through the guide's draws");
    const Tensor ratio = target().log_density(guide_->unstandardised(strata->values)) +
                         guide_->log_det() - strata->log_prob;
    const Tensor holds = at::isfinite(ratio.detach());
    out.share = holds.to(at::kDouble).mean().item<double>();
    out.ratio = at::where(holds, ratio, at::zeros_like(ratio));
    out.weights = strata->log_weights.exp().unsqueeze(1) /
                  (static_cast<double>(draws) * std::max(out.share, 1e-300));
    return out;
  }
  Tensor e, log_q;
  if (traits.scores_any_value && !traits.knows_density_of_draws) {
    // Sticking the landing: no noise where q is exact.
    e = q->rsample({draws}, source);
    log_q = q->detach()->log_prob(e);
  } else {
    std::tie(e, log_q) = q->rsample_and_log_prob({draws}, source);
  }
  const Tensor log_p = log_density_where_it_is(e, log_q, out.share);
  out.ratio = log_p - log_q;
  return out;
}

Advi::Terms Advi::curved_terms(const DistributionPtr& q, RandomSource& source) {
  Terms out;
  Tensor e = q->rsample({draws_now()}, source), no_density_of_q;
  const auto quadratic = [this](const Tensor& x) {
    return -0.5 * (at::matmul(x, curvature_) * x).sum(-1);
  };
  const Tensor log_p = log_density_where_it_is(e, no_density_of_q, out.share);
  out.ratio = log_p - quadratic(e);
  // Its mean under a normal is known, as is the entropy.
  Tensor spread;
  if (const auto* full = dynamic_cast<const FullRankNormal*>(&*q); full != nullptr)
    spread = -0.5 * (at::matmul(curvature_, full->scale_tril()) * full->scale_tril()).sum();
  else
    spread = -0.5 * (curvature_.diagonal() * q->variance()).sum();
  out.exact = quadratic(q->mean()).sum() + spread + q->entropy().sum();
  return out;
}

Advi::Gradient Advi::gradient(std::uint64_t key) {
  const at::AutoGradMode with_gradients(true);
  write_parameters(iterate_);
  parameters_.zero_gradients();
  AntitheticNoise noise(key);
  const DistributionPtr q = guide_->standard(nobody());
  const Terms terms = uses_curvature_ ? curved_terms(q, noise) : draw_terms(q, noise);
  Gradient out;
  if (terms.share == 0) return out;
  Tensor elbo = terms.weights.defined() ? (terms.ratio * terms.weights).sum() : terms.ratio.mean();
  if (terms.exact.defined()) elbo = elbo + terms.exact;
  (-elbo).backward();
  out.of_parameters = parameters_.gradients().to(at::kDouble).clone();
  if (is_normal_) {
    Tensor of_means = out.of_parameters.narrow(0, 0, size_);
    of_means.copy_(at::matmul(mean_factor_.t(), of_means.clone()));
  }
  out.elbo = elbo.item<double>();
  out.is_finite = out.of_parameters.isfinite().all().item<bool>();
  return out;
}

void Advi::update(const Tensor& gradient, double rate) {
  constexpr double kFirst = 0.9, kSecond = 0.99, kEpsilon = 1e-12;
  ++adam_steps_;
  first_moment_.mul_(kFirst).add_(gradient, 1 - kFirst);
  second_moment_.mul_(kSecond).addcmul_(gradient, gradient, 1 - kSecond);
  const auto steps = static_cast<double>(adam_steps_);
  const Tensor mean = first_moment_ / (1 - std::pow(kFirst, steps));
  const Tensor size = (second_moment_ / (1 - std::pow(kSecond, steps))).sqrt();
  iterate_ = iterate_ - rate * mean / (size + kEpsilon);
}

double Advi::elbo_of(const Tensor& iterate) {
  constexpr std::int64_t kDraws = 500;
  const at::NoGradGuard no_grad;
  write_parameters(iterate);
  // The same noise for all that are compared.
  StepNoise noise(seeded_generator(at::kCPU, derive_key(options_.seed, Purpose::evaluation_noise)));
  const auto [e, log_q] = guide_->standard(nobody())->sample_and_log_prob({kDraws}, noise);
  const Tensor ratio = target().log_density(guide_->unstandardised(e)) + guide_->log_det() - log_q;
  const Tensor holds = at::isfinite(ratio);
  const double share = holds.to(at::kDouble).mean().item<double>();
  constexpr double kFewest = 0.5;
  if (share < kFewest) return kWorst;
  return ratio.masked_select(holds).mean().item<double>();
}

Tensor Advi::values_of(const Tensor& iterate) {
  const at::NoGradGuard no_grad;
  write_parameters(iterate);
  const DistributionPtr q = guide_->condition(nobody())->distribution("z", {});
  if (q->traits().has_moments)
    return at::cat({q->mean().flatten(), 0.5 * q->variance().flatten().log()});
  constexpr std::int64_t kDraws = 1000;
  StepNoise noise(seeded_generator(at::kCPU, derive_key(options_.seed, Purpose::evaluation_noise)));
  const Tensor z = q->sample({kDraws}, noise).reshape({kDraws, size_});
  return at::cat({z.mean(0), z.std(0).log()});
}

StepReport Advi::step(const MicroBatches&, const Clock& clock) {
  StepReport report = phase_ == Phase::search ? search_step() : gradient_step(clock);
  // Whoever evaluates the guide now, or saves it, finds this step's.
  if (phase_ == Phase::trials || phase_ == Phase::stages) write_parameters(iterate_);
  if (clock.total_steps > 0 && clock.step + 1 >= clock.total_steps && phase_ == Phase::stages)
    settle();
  return report;
}

StepReport Advi::search_step() {
  StepReport report;
  const bool has_point = search_.step();
  report.found_non_finite = at::full({}, has_point ? 0.0 : 1.0, at::kFloat);
  if (!has_point) return report;
  report.means = {{"log_density", number_of(search_.value())}};
  if (!search_.has_ended()) return report;
  if (search_.has_mode())
    standardise_by_mode();
  else
    start_without_mode();
  begin_trials();
  return report;
}

StepReport Advi::gradient_step(const Clock& clock) {
  StepReport report;
  report.found_non_finite = at::full({}, 0.0, at::kFloat);
  if (phase_ == Phase::done) return report;
  const Gradient found = gradient(derive_key(options_.seed,
                                             Purpose::training_noise,
                                             static_cast<std::uint64_t>(clock.step),
                                             static_cast<std::uint64_t>(seed_offset_)));
  if (!found.is_finite) {
    report.found_non_finite.fill_(1.0);
    return report;
  }
  report.means = {{"elbo", number_of(found.elbo)}};
  report.gradient_norm = found.of_parameters.norm();
  update(found.of_parameters, rate_ * rate_factor_);
  if (phase_ == Phase::trials)
    follow_trial();
  else
    follow_stage();
  return report;
}

EvaluationTerms Advi::evaluate(const Batch& batch, RandomSource& source) {
  const at::NoGradGuard no_grad;
  const auto [e, log_q] = guide_->standard(batch)->sample_and_log_prob({1}, source);
  const Tensor z = guide_->unstandardised(e);
  return {{"elbo", (target().log_density(z) + guide_->log_det() - log_q).squeeze(0)}};
}

}  // namespace elbow
