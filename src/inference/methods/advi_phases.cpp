// Advi: from the search for modes to the end.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

#include "elbow/foundations/core/philox.h"
#include "elbow/inference/methods/advi.h"
#include "elbow/inference/monte_carlo/chain_noise.h"
#include "elbow/inference/monte_carlo/iterates.h"
#include "elbow/probability/distributions/full_rank_normal.h"

namespace elbow {
namespace {

constexpr double kRates[] = {0.1, 0.03, 0.01, 0.003};
constexpr std::int64_t kNumRates = 4, kTrialSteps = 60;
constexpr std::int64_t kFirstLength = 10, kFewestBlocks = 40, kMostBlocks = 160;
constexpr double kLargestRHat = 1.1;
/// Nats by which the ELBO of a smaller rate has to be above that of a larger one.
constexpr double kBetter = 0.5;
/// By how many tolerances two stages may differ.
constexpr double kAgree = 4;
/// Blocks after which a stage that is stationary gives way to one with more draws.
constexpr std::int64_t kEnoughBlocks = 80;
/// Without a scale of the coordinates the first stage has no other task than to find one.
constexpr double kScaleTolerance = 0.1;

}  // namespace

void Advi::standardise_by_mode() {
  const Tensor& precision = search_.precision();
  has_scale_ = true;
  if (guide_->has_full_rank()) {
    guide_->set(search_.mode(), factor_of_inverse(precision));
    return;
  }
  // The best scales of a mean-field normal; what correlations there are help its means along.
  const Tensor scale = precision.diagonal().rsqrt();
  guide_->set(search_.mode(), scale);
  if (!is_normal_) return;
  curvature_ = precision * scale.unsqueeze(1) * scale;
  mean_factor_ = factor_of_inverse(curvature_);
}

void Advi::start_without_mode() {
  constexpr std::int64_t kPoints = 200;
  ChainNoise noise(derive_key(options_.seed, Purpose::initialisation));
  std::vector<double> numbers(static_cast<std::size_t>(kPoints * size_));
  for (double& one : numbers) one = (2 * noise.uniform() - 1) * options_.search.start_scale;
  const Tensor points = at::tensor(numbers, at::kDouble).view({kPoints, size_});
  const at::NoGradGuard no_grad;
  const Tensor values = target().log_density(points).nan_to_num(
      -std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity());
  guide_->set(points[values.argmax().item<std::int64_t>()], at::ones_like(guide_->scale()));
  if (guide_->has_full_rank()) guide_->set(guide_->shift(), at::eye(size_, at::kDouble));
}

void Advi::standardise_by_guide() {
  has_scale_ = true;
  const DistributionPtr q = guide_->condition({at::empty({1}, at::kDouble)})->distribution("z", {});
  if (const auto* full = dynamic_cast<const FullRankNormal*>(&*q); full != nullptr)
    guide_->set(full->loc().flatten(), full->scale_tril().view({size_, size_}));
  else
    guide_->set(q->mean().flatten(), q->variance().flatten().sqrt());
  mean_factor_ = at::eye(size_, at::kDouble);
  iterate_ = at::zeros_like(iterate_);
}

void Advi::begin_trials() {
  phase_ = Phase::trials;
  trial_ = in_part_ = adam_steps_ = 0;
  start_ = iterate_.clone();
  best_ = iterate_.clone();
  best_elbo_ = std::numeric_limits<double>::lowest();
  best_rate_ = kRates[kNumRates - 1];
  rate_ = kRates[0];
  sum_.zero_();
  first_moment_.zero_();
  second_moment_.zero_();
}

void Advi::follow_trial() {
  constexpr std::int64_t kAveraged = kTrialSteps / 2;
  if (++in_part_ > kTrialSteps - kAveraged) sum_.add_(iterate_);
  if (in_part_ < kTrialSteps) return;
  const Tensor average = sum_ / static_cast<double>(kAveraged);
  // From the largest rate down: a smaller one has to be better by more than its lesser noise, which
  // later stages average away.
  if (const double elbo = elbo_of(average); elbo > best_elbo_) {
    if (elbo > best_elbo_ + kBetter) best_rate_ = rate_;
    best_elbo_ = elbo;
    best_ = average;
  }
  in_part_ = adam_steps_ = 0;
  sum_.zero_();
  first_moment_.zero_();
  second_moment_.zero_();
  if (++trial_ < kNumRates) {
    iterate_ = start_.clone();
    rate_ = kRates[trial_];
    return;
  }
  rate_ = best_rate_;
  stage_ = 0;
  begin_stage(best_);
  if (is_normal_ && search_.has_mode()) choose_estimator();
}

double Advi::spread_of_gradients() {
  constexpr std::uint64_t kReplicates = 20;
  std::vector<Tensor> all;
  for (std::uint64_t i = 0; i < kReplicates; ++i) {
    const Gradient one = gradient(derive_key(options_.seed, Purpose::diagnosis, i));
    if (!one.is_finite) return std::numeric_limits<double>::infinity();
    all.push_back(one.of_parameters);
  }
  return at::stack(all).var(0).sum().item<double>();
}

void Advi::choose_estimator() {
  uses_curvature_ = false;
  const double without = spread_of_gradients();
  uses_curvature_ = true;
  uses_curvature_ = spread_of_gradients() < without;
}

void Advi::begin_stage(const Tensor& iterate) {
  phase_ = Phase::stages;
  iterate_ = iterate.clone();
  in_part_ = 0;
  sum_.zero_();
  blocks_.parameters = blocks_.parameters.narrow(0, 0, 0);
  blocks_.values = blocks_.values.narrow(0, 0, 0);
  blocks_.length = kFirstLength;
}

void Advi::follow_stage() {
  sum_.add_(iterate_);
  if (++in_part_ < blocks_.length) return;
  close_block();
  const std::int64_t count = blocks_.values.size(0);
  constexpr std::int64_t kCheckEvery = 10;
  if (count >= kFewestBlocks && count % kCheckEvery == 0) check_stage();
}

void Advi::close_block() {
  const Tensor average = sum_ / static_cast<double>(in_part_);
  blocks_.parameters = at::cat({blocks_.parameters, average.unsqueeze(0)});
  blocks_.values = at::cat({blocks_.values, values_of(average).unsqueeze(0)});
  in_part_ = 0;
  sum_.zero_();
  if (blocks_.values.size(0) < kMostBlocks) return;
  const auto in_pairs = [](const Tensor& rows) { return rows.unflatten(0, {-1, 2}).mean(1); };
  blocks_ = {in_pairs(blocks_.parameters), in_pairs(blocks_.values), 2 * blocks_.length};
}

void Advi::check_stage() {
  const auto window = stationary_window(blocks_.values, kLargestRHat, kFewestBlocks);
  r_hat_ = window ? window->r_hat : std::nan("");
  if (!window) return;
  const std::int64_t count = blocks_.values.size(0) - window->begin;
  const Tensor values = blocks_.values.narrow(0, window->begin, count);
  // Errors of means count in the guide's own standard deviations.
  const Tensor scale = values.mean(0).narrow(0, size_, size_).exp();
  const Tensor errors = errors_of_means(values) / at::cat({scale, at::ones({size_}, at::kDouble)});
  error_ = errors.max().item<double>();
  const bool finds_scale = !has_scale_ && is_normal_;
  const bool is_precise = error_ <= (finds_scale ? kScaleTolerance : options_.tolerance);
  const bool gives_way = stage_ < kMostDoublings && count >= kEnoughBlocks && !finds_scale;
  if (is_precise || gives_way)
    end_stage(blocks_.parameters.narrow(0, window->begin, count).mean(0), is_precise);
}

void Advi::end_stage(const Tensor& average, bool is_precise) {
  const Tensor values = values_of(average);
  if (!has_scale_ && is_normal_) {
    standardise_by_guide();
    begin_trials();
    return;
  }
  if (stage_ > 0) {
    const Tensor scale = values.narrow(0, size_, size_).exp();
    const Tensor moved =
        (values - previous_).abs() / at::cat({scale, at::ones({size_}, at::kDouble)});
    shift_ = moved.max().item<double>();
    if (is_precise && shift_ <= kAgree * options_.tolerance) {
      iterate_ = average;
      write_parameters(iterate_);
      phase_ = Phase::done;
      return;
    }
  }
  previous_ = values;
  ++stage_;
  rate_ *= 0.5;
  begin_stage(average);
}

void Advi::settle() {
  const std::int64_t count = blocks_.values.size(0), kept = (count + 1) / 2;
  if (count > 1) write_parameters(blocks_.parameters.narrow(0, count - kept, kept).mean(0));
}

}  // namespace elbow
