#include "elbow/inference/methods/laplace.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/tril_indices.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/monte_carlo/chain_noise.h"

namespace elbow {
namespace {

// A checkpoint holds finite numbers only.
constexpr double kNoDensity = std::numeric_limits<double>::lowest();
constexpr std::int64_t kMostTries = 100, kMostSteps = 100, kPointsAtOnce = 512;
constexpr double kLeastDamping = 1e-6, kMostDamping = 1e12;

/// x of A x = b by A's Cholesky factor.
Tensor solved(const Tensor& factor, const Tensor& b) {
  const Tensor half = at::linalg_solve_triangular(factor, b, /*upper=*/false);
  return at::linalg_solve_triangular(factor.transpose(-1, -2), half, /*upper=*/true);
}

Tensor number_in(double value) { return at::scalar_tensor(value, at::kDouble); }

}  // namespace

LaplaceApproximation::LaplaceApproximation(GenerativeModelPtr model,
                                           GuidePtr guide,
                                           Tensor parameters,
                                           Options options)
    : model_(std::move(model)),
      guide_(std::move(guide)),
      parameters_(std::move(parameters)),
      options_(options),
      size_(model_->target() == nullptr ? 0 : model_->target()->size()),
      x_(at::zeros({size_}, at::kDouble)),
      best_x_(at::zeros({size_}, at::kDouble)),
      value_(kNoDensity),
      best_value_(kNoDensity) {
  const std::int64_t of_full = size_ + size_ * (size_ + 1) / 2;
  if (size_ == 0 || (parameters_.numel() != of_full && parameters_.numel() != 2 * size_))
    throw std::logic_error("Laplace: the guide is no normal of the target's size");
}

std::pair<Tensor, Tensor> LaplaceApproximation::gradients_at(const Tensor& points) const {
  const c10::AutoGradMode with_gradients(true);
  std::vector<Tensor> values, gradients;
  for (std::int64_t begin = 0; begin < points.size(0); begin += kPointsAtOnce) {
    const std::int64_t count = std::min(kPointsAtOnce, points.size(0) - begin);
    const Tensor part = points.narrow(0, begin, count).detach().clone().requires_grad_();
    const Tensor value = model_->target()->log_density(part);
    gradients.push_back(torch::autograd::grad({value.sum()}, {part})[0]);
    values.push_back(value.detach());
  }
  return {at::cat(values).to(at::kDouble), at::cat(gradients).to(at::kDouble)};
}

double LaplaceApproximation::value_at(const Tensor& x) const {
  const at::NoGradGuard no_grad;
  return model_->target()->log_density(x.unsqueeze(0)).item<double>();
}

bool LaplaceApproximation::has_converged() const {
  return start_ >= options_.num_starts && best_value_ > kNoDensity;
}

bool LaplaceApproximation::find_start() {
  for (std::int64_t attempt = 0; attempt < kMostTries; ++attempt) {
    ChainNoise noise(derive_key(options_.seed,
                                Purpose::initialisation,
                                static_cast<std::uint64_t>(start_) + 1,
                                static_cast<std::uint64_t>(attempt)));
    std::vector<double> numbers(static_cast<std::size_t>(size_));
    for (double& one : numbers) one = (2 * noise.uniform() - 1) * options_.start_scale;
    const Tensor x = at::tensor(numbers, at::kDouble);
    const auto [value, gradient] = gradients_at(x.unsqueeze(0));
    if (!std::isfinite(value.item<double>()) || !gradient.isfinite().all().item<bool>()) continue;
    x_ = x;
    value_ = value.item<double>();
    damping_ = 1;
    is_under_way_ = true;
    return true;
  }
  return false;
}

LaplaceApproximation::Local LaplaceApproximation::look_around() const {
  // The error of a central difference grows with its square, that of rounding with its inverse.
  constexpr double kStep = 1e-5;
  const Tensor steps = kStep * x_.abs().clamp_min(1);
  const Tensor shifts = at::diag_embed(steps);
  const Tensor points = at::cat({x_.unsqueeze(0), x_ + shifts, x_ - shifts});
  const auto [values, gradients] = gradients_at(points);
  const Tensor up = gradients.narrow(0, 1, size_), down = gradients.narrow(0, 1 + size_, size_);
  const Tensor rows = (up - down) / (2 * steps).unsqueeze(1);
  return {values[0].item<double>(), gradients[0], (rows + rows.t()) * 0.5};
}

double LaplaceApproximation::take_step(const Local& here) {
  const Tensor precision = -here.hessian;
  const Tensor scale = precision.diagonal().abs().clamp_min(1e-12);
  for (; damping_ <= kMostDamping; damping_ = std::max(10 * damping_, kLeastDamping)) {
    const auto [factor, info] =
        at::linalg_cholesky_ex(precision + at::diag_embed(damping_ * scale));
    if (info.item<std::int64_t>() != 0) continue;
    const Tensor step = solved(factor, here.gradient.unsqueeze(1)).squeeze(1);
    const double decrement = 0.5 * here.gradient.dot(step).item<double>();
    const double value = value_at(x_ + step);
    // Beside what rounding hides, the density has to rise.
    const double noise = 1e-13 * std::abs(value_);
    if (!std::isfinite(value) || value < value_ - noise) continue;
    x_ = x_ + step;
    value_ = value;
    const double used = damping_;
    damping_ = damping_ <= kLeastDamping ? 0 : damping_ / 10;
    return used > kLeastDamping ? std::max(decrement, 2 * options_.tolerance) : decrement;
  }
  return 0;  // nowhere does it rise
}

void LaplaceApproximation::write_guide(const Tensor& precision) {
  const at::NoGradGuard no_grad;
  Tensor rest;
  if (parameters_.numel() == 2 * size_ && size_ > 1) {
    rest = -0.5 * precision.diagonal().log();
  } else {
    const auto [factor, info] = at::linalg_cholesky_ex(precision);
    const Tensor covariance = solved(factor, at::eye(size_, at::kDouble));
    const Tensor lower = std::get<0>(at::linalg_cholesky_ex((covariance + covariance.t()) * 0.5));
    const Tensor places = at::tril_indices(size_, size_, /*offset=*/-1);
    const Tensor strict = lower.flatten().index_select(0, places[0] * size_ + places[1]);
    rest = at::cat({lower.diagonal().log(), strict});
  }
  parameters_.copy_(at::cat({best_x_, rest}).to(parameters_.scalar_type()));
}

void LaplaceApproximation::end_start(const Local& here) {
  const Tensor precision = -here.hessian;
  // A start that has not come to rest is at no mode.
  const bool is_peak = num_steps_ < kMostSteps && precision.isfinite().all().item<bool>() &&
                       std::get<1>(at::linalg_cholesky_ex(precision)).item<std::int64_t>() == 0;
  if (is_peak && here.value > best_value_) {
    best_value_ = here.value;
    best_x_ = x_;
    write_guide(precision);
  }
  ++start_;
  num_steps_ = 0;
  is_under_way_ = false;
}

StepReport LaplaceApproximation::step(const MicroBatches&, const Clock&) {
  StepReport report;
  report.found_non_finite = at::full({}, 0.0, at::kFloat);
  const bool has_ended = start_ >= options_.num_starts;  // without a mode
  if (has_ended || (!is_under_way_ && !find_start())) {
    report.found_non_finite.fill_(1.0);
    return report;
  }
  const Local here = look_around();
  const double decrement = here.hessian.isfinite().all().item<bool>() ? take_step(here) : 0;
  decrement_ = decrement;
  ++num_steps_;
  if (decrement <= options_.tolerance || num_steps_ == kMostSteps) end_start(look_around());
  if (start_ >= options_.num_starts && !has_converged()) report.found_non_finite.fill_(1.0);
  report.means = {{metrics().front().name, number_in(std::max(value_, best_value_))},
                  {"newton_decrement", number_in(decrement)}};
  return report;
}

EvaluationTerms LaplaceApproximation::evaluate(const Batch& batch, RandomSource&) {
  return {{metrics().front().name,
           at::full({batch.size()}, std::max(value_, best_value_), at::kDouble)}};
}

std::vector<Metric> LaplaceApproximation::metrics() const {
  return {{"log_density", "log density at the mode", "nats", /*is_higher_better=*/true}};
}

InferenceState LaplaceApproximation::state() const {
  InferenceState out;
  for (const auto& item : model_->named_buffers())
    out.model.emplace_back("model." + item.key(), item.value().detach().clone());
  for (const auto& item : guide_->named_parameters())
    out.model.emplace_back("guide." + item.key(), item.value().detach().clone());
  out.optimizer = {{"laplace.x", x_.clone()},
                   {"laplace.best", best_x_.clone()},
                   {"laplace.numbers",
                    at::tensor({value_,
                                best_value_,
                                damping_,
                                static_cast<double>(start_),
                                is_under_way_ ? 1.0 : 0.0,
                                static_cast<double>(num_steps_)},
                               at::kDouble)}};
  return out;
}

void LaplaceApproximation::load(const InferenceState& state, const std::string& source) {
  const at::NoGradGuard no_grad;
  const auto need = [&](const NamedTensors& stored, const std::string& name, std::int64_t count) {
    for (const auto& [key, tensor] : stored)
      if (key == name && tensor.numel() == count) return tensor;
    throw DataError(
        source + ": tensor '" + name + "' with " + std::to_string(count) + " numbers is missing",
        "the checkpoint belongs to another configuration");
  };
  constexpr std::int64_t kNumbers = 6;
  const Tensor x = need(state.optimizer, "laplace.x", size_),
               best = need(state.optimizer, "laplace.best", size_),
               numbers = need(state.optimizer, "laplace.numbers", kNumbers);
  std::vector<Tensor> of_guide;
  for (const auto& item : guide_->named_parameters())
    of_guide.push_back(need(state.model, "guide." + item.key(), item.value().numel()));
  std::size_t at = 0;
  for (auto& item : guide_->named_parameters()) item.value().copy_(of_guide[at++]);
  x_ = x.clone();
  best_x_ = best.clone();
  const double* all = numbers.const_data_ptr<double>();
  value_ = all[0];
  best_value_ = all[1];
  damping_ = all[2];
  start_ = static_cast<std::int64_t>(all[3]);
  is_under_way_ = all[4] != 0;
  num_steps_ = static_cast<std::int64_t>(all[5]);
}

Json LaplaceApproximation::explain_non_finite(const MicroBatches&, const Clock&) {
  if (start_ >= options_.num_starts)
    return {{"first",
             "no start of " + std::to_string(options_.num_starts) +
                 " led to a peak: the Hessian there is not negative definite"},
            {"try",
             "the density may have no mode (a scale whose density rises towards 0); use "
             "inference.type=gradient or hmc"}};
  return {{"first",
           "no point of " + std::to_string(kMostTries) + " had a finite log density and gradient"},
          {"try", "set a smaller inference.start_scale, or another seed"}};
}

}  // namespace elbow
