#include "elbow/inference/methods/mode_search.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <limits>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/monte_carlo/chain_noise.h"

namespace elbow {
namespace {

// A checkpoint holds finite numbers only.
constexpr double kNoDensity = std::numeric_limits<double>::lowest();
constexpr std::int64_t kMostTries = 100, kMostSteps = 100, kPointsAtOnce = 512;
constexpr double kLeastDamping = 1e-6, kMostDamping = 1e12;

}  // namespace

Tensor solved_by_factor(const Tensor& factor, const Tensor& b) {
  const Tensor half = at::linalg_solve_triangular(factor, b, /*upper=*/false);
  return at::linalg_solve_triangular(factor.transpose(-1, -2), half, /*upper=*/true);
}

Tensor factor_of_inverse(const Tensor& matrix) {
  const Tensor factor = std::get<0>(at::linalg_cholesky_ex(matrix));
  const Tensor inverse = solved_by_factor(factor, at::eye(matrix.size(0), at::kDouble));
  return std::get<0>(at::linalg_cholesky_ex((inverse + inverse.t()) * 0.5));
}

ModeSearch::ModeSearch(const Target& target, const Options& options)
    : target_(target),
      options_(options),
      size_(target.size()),
      x_(at::zeros({size_}, at::kDouble)),
      best_x_(at::zeros({size_}, at::kDouble)),
      precision_(at::zeros({size_, size_}, at::kDouble)),
      value_(kNoDensity),
      best_value_(kNoDensity) {}

bool ModeSearch::has_mode() const { return best_value_ > kNoDensity; }

double ModeSearch::value() const { return std::max(value_, best_value_); }

std::pair<Tensor, Tensor> ModeSearch::gradients_at(const Tensor& points) const {
  const c10::AutoGradMode with_gradients(true);
  std::vector<Tensor> values, gradients;
  for (std::int64_t begin = 0; begin < points.size(0); begin += kPointsAtOnce) {
    const std::int64_t count = std::min(kPointsAtOnce, points.size(0) - begin);
    const Tensor part = points.narrow(0, begin, count).detach().clone().requires_grad_();
    const Tensor value = target_.log_density(part);
    gradients.push_back(torch::autograd::grad({value.sum()}, {part})[0]);
    values.push_back(value.detach());
  }
  return {at::cat(values).to(at::kDouble), at::cat(gradients).to(at::kDouble)};
}

double ModeSearch::value_at(const Tensor& x) const {
  const at::NoGradGuard no_grad;
  return target_.log_density(x.unsqueeze(0)).item<double>();
}

bool ModeSearch::find_start() {
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

ModeSearch::Local ModeSearch::look_around() const {
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

double ModeSearch::take_step(const Local& here) {
  const Tensor precision = -here.hessian;
  const Tensor scale = precision.diagonal().abs().clamp_min(1e-12);
  for (; damping_ <= kMostDamping; damping_ = std::max(10 * damping_, kLeastDamping)) {
    const auto [factor, info] =
        at::linalg_cholesky_ex(precision + at::diag_embed(damping_ * scale));
    if (info.item<std::int64_t>() != 0) continue;
    const Tensor step = solved_by_factor(factor, here.gradient.unsqueeze(1)).squeeze(1);
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

void ModeSearch::end_start(const Local& here) {
  const Tensor precision = -here.hessian;
  // A start that has not come to rest is at no mode.
  const bool is_peak = num_steps_ < kMostSteps && precision.isfinite().all().item<bool>() &&
                       std::get<1>(at::linalg_cholesky_ex(precision)).item<std::int64_t>() == 0;
  if (is_peak && here.value > best_value_) {
    best_value_ = here.value;
    best_x_ = x_;
    precision_ = precision;
  }
  ++start_;
  num_steps_ = 0;
  is_under_way_ = false;
}

bool ModeSearch::step() {
  if (!is_under_way_ && !find_start()) return false;
  const Local here = look_around();
  decrement_ = here.hessian.isfinite().all().item<bool>() ? take_step(here) : 0;
  ++num_steps_;
  if (decrement_ <= options_.tolerance || num_steps_ == kMostSteps) end_start(look_around());
  return true;
}

NamedTensors ModeSearch::state(const std::string& prefix) const {
  return {{prefix + "x", x_.clone()},
          {prefix + "best", best_x_.clone()},
          {prefix + "precision", precision_.clone()},
          {prefix + "numbers",
           at::tensor({value_,
                       best_value_,
                       damping_,
                       static_cast<double>(start_),
                       is_under_way_ ? 1.0 : 0.0,
                       static_cast<double>(num_steps_)},
                      at::kDouble)}};
}

void ModeSearch::load(const NamedTensors& state,
                      const std::string& prefix,
                      const std::string& source) {
  const auto need = [&](const std::string& name, const Tensor& like) {
    for (const auto& [key, tensor] : state)
      if (key == prefix + name && tensor.sizes() == like.sizes()) return tensor.clone();
    throw DataError(source + ": tensor '" + prefix + name + "' of another run, or missing",
                    "the checkpoint belongs to another configuration");
  };
  constexpr std::int64_t kNumbers = 6;
  const Tensor numbers = need("numbers", at::zeros({kNumbers}, at::kDouble));
  const Tensor x = need("x", x_), best = need("best", best_x_),
               precision = need("precision", precision_);
  x_ = x;
  best_x_ = best;
  precision_ = precision;
  const double* all = numbers.const_data_ptr<double>();
  value_ = all[0];
  best_value_ = all[1];
  damping_ = all[2];
  start_ = static_cast<std::int64_t>(all[3]);
  is_under_way_ = all[4] != 0;
  num_steps_ = static_cast<std::int64_t>(all[5]);
}

}  // namespace elbow
