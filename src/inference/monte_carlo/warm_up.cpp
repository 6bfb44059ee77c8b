#include "elbow/inference/monte_carlo/warm_up.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace elbow {

void DualAveraging::restart(double step) {
  centre_ = std::log(10 * step);
  log_step_ = std::log(step);
  log_average_ = error_ = count_ = 0;
}

void DualAveraging::update(double acceptance) {
  constexpr double kShrinkage = 0.05, kDelay = 10, kDecay = 0.75;
  ++count_;
  const double weight = 1 / (count_ + kDelay);
  error_ += weight * (target_ - acceptance - error_);
  log_step_ = centre_ - std::sqrt(count_) / kShrinkage * error_;
  const double share = std::pow(count_, -kDecay);
  log_average_ += share * (log_step_ - log_average_);
}

Tensor DualAveraging::state() const {
  return at::tensor({centre_, log_step_, log_average_, error_, count_}, at::kDouble);
}

void DualAveraging::load(const Tensor& state) {
  const double* values = state.const_data_ptr<double>();
  centre_ = values[0];
  log_step_ = values[1];
  log_average_ = values[2];
  error_ = values[3];
  count_ = values[4];
}

RunningCovariance::RunningCovariance(std::int64_t size, bool is_dense)
    : is_dense_(is_dense),
      mean_(at::zeros({size}, at::kDouble)),
      moments_(is_dense ? at::zeros({size, size}, at::kDouble) : at::zeros({size}, at::kDouble)) {}

void RunningCovariance::clear() {
  count_ = 0;
  mean_.zero_();
  moments_.zero_();
}

void RunningCovariance::add(const std::vector<double>& point) {
  const Tensor x = at::tensor(point, at::kDouble);
  ++count_;
  const Tensor before = x - mean_;
  mean_ += before / count_;
  const Tensor after = x - mean_;
  moments_ += is_dense_ ? at::outer(before, after) : before * after;
}

MassMatrix RunningCovariance::mass() const {
  constexpr double kPrior = 5, kFloor = 1e-3;
  const double share = count_ / (count_ + kPrior), floor = kFloor * kPrior / (count_ + kPrior);
  const Tensor covariance = moments_ / std::max(count_ - 1, 1.0) * share;
  if (is_dense_)
    return MassMatrix::dense((covariance + covariance.t()) / 2 +
                             floor * at::eye(mean_.size(0), at::kDouble));
  const Tensor variances = (covariance + floor).contiguous();
  return MassMatrix::diagonal(
      {variances.const_data_ptr<double>(), variances.const_data_ptr<double>() + variances.numel()});
}

NamedState RunningCovariance::state() const {
  return {{"count", at::tensor(count_, at::kDouble)},
          {"mean", mean_.clone()},
          {"moments", moments_.clone()}};
}

void RunningCovariance::load(const NamedState& state) {
  count_ = state.at(0).second.item<double>();
  mean_.copy_(state.at(1).second);
  moments_.copy_(state.at(2).second);
}

WarmUpPlan::WarmUpPlan(std::int64_t num_warmup) {
  constexpr std::int64_t kFirst = 75, kLast = 50, kWindow = 25, kFewest = 20;
  first_ = kFirst;
  std::int64_t last = kLast, window = kWindow;
  if (kFirst + kLast + kWindow > num_warmup) {
    first_ = num_warmup * 15 / 100;
    last = num_warmup * 10 / 100;
    window = num_warmup - first_ - last;
  }
  end_ = num_warmup - last;
  if (num_warmup < kFewest) {  // too few to learn a mass matrix from
    first_ = end_ = num_warmup;
    return;
  }
  for (std::int64_t begin = first_; begin < end_; window *= 2) {
    // A window that leaves no room for another twice as long takes what is left.
    const std::int64_t end = begin + window + 2 * window > end_ ? end_ : begin + window;
    ends_.push_back(end - 1);
    begin = end;
  }
}

bool WarmUpPlan::is_in_window(std::int64_t iteration) const {
  return iteration >= first_ && iteration < end_;
}

bool WarmUpPlan::ends_window(std::int64_t iteration) const {
  return std::find(ends_.begin(), ends_.end(), iteration) != ends_.end();
}

}  // namespace elbow
