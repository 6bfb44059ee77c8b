#include "elbow/runs/evaluate/weight_statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace elbow {

namespace {

constexpr std::int64_t kFewestForPareto = 25;
constexpr std::size_t kFewestExceedances = 5;
/// So many of the largest weights are kept at least: any other has a share below 1/64.
constexpr std::int64_t kFewestKept = 64;
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

std::size_t tail_size_for(std::int64_t count) {
  const double size =
      std::min(0.2 * static_cast<double>(count), 3.0 * std::sqrt(static_cast<double>(count)));
  return static_cast<std::size_t>(std::ceil(size));
}

}  // namespace

WeightStatistics::WeightStatistics(std::int64_t expected_count)
    : tail_size_(tail_size_for(expected_count)),
      // One more than the tail: the threshold is the largest weight that is not in it.
      kept_size_(std::max(tail_size_ + 1,
                          static_cast<std::size_t>(std::min(expected_count, kFewestKept)))),
      maximum_(kMinusInfinity) {}

double WeightStatistics::bytes_for(std::int64_t expected_count) {
  return 3.0 * sizeof(double) * static_cast<double>(tail_size_for(expected_count) + kFewestKept);
}

void WeightStatistics::add(double log_weight, double rounding) {
  ++count_;
  // NaN has no place in an order, and beside infinity nothing has a share.
  has_nan_ = has_nan_ || !(log_weight < -kMinusInfinity);
  if (has_nan_ || log_weight == kMinusInfinity) return;
  rounding_ = std::max(rounding_, rounding);
  if (log_weight > maximum_) {
    rescale(std::exp(maximum_ - log_weight));
    maximum_ = log_weight;
  }
  const double weight = std::exp(log_weight - maximum_);
  sum_ += weight;
  sum_squares_ += weight * weight;
  if (kept_.size() < kept_size_) {
    kept_.push_back(log_weight);
    std::push_heap(kept_.begin(), kept_.end(), std::greater<>());
  } else if (log_weight > kept_.front()) {
    std::pop_heap(kept_.begin(), kept_.end(), std::greater<>());
    add_to_rest(kept_.back());
    kept_.back() = log_weight;
    std::push_heap(kept_.begin(), kept_.end(), std::greater<>());
  } else {
    add_to_rest(log_weight);
  }
}

void WeightStatistics::rescale(double factor) {
  sum_ *= factor;
  sum_squares_ *= factor * factor;
  double power = factor;
  for (double& sum : rest_) {
    sum *= power;
    power *= factor;
  }
}

void WeightStatistics::add_to_rest(double log_weight) {
  const double weight = std::exp(log_weight - maximum_);
  double power = weight;
  for (double& sum : rest_) {
    sum += power;
    power *= weight;
  }
}

double WeightStatistics::log_mean() const {
  if (has_nan_) return kUndefined;
  return maximum_ + std::log(sum_) - std::log(static_cast<double>(count_));
}

double WeightStatistics::effective_sample_size() const {
  return !has_nan_ && sum_squares_ > 0 ? sum_ * sum_ / sum_squares_ : kUndefined;
}

double WeightStatistics::pareto_k() const {
  if (has_nan_ || count_ < kFewestForPareto || kept_.size() < tail_size_ + 1) return kUndefined;
  std::vector<double> sorted = kept_;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(sorted.begin(), sorted.end() - static_cast<std::ptrdiff_t>(tail_size_ + 1));
  // Equal weights have no tail at all: the exact posterior is the guide. What differs by rounding
  // is equal; the fit would take the steps between neighbouring floats for a tail.
  if (maximum_ - sorted.front() <= std::max(rounding_, 1e-13)) return kMinusInfinity;
  const double threshold = std::exp(sorted.front() - maximum_);
  std::vector<double> exceedances;
  // Of discrete latents many weights may equal the threshold: these do not exceed it, nor do those
  // that rounding alone puts above it.
  for (const double log_weight : sorted)
    if (log_weight - sorted.front() > rounding_)
      exceedances.push_back(std::exp(log_weight - maximum_) - threshold);
  if (exceedances.size() < kFewestExceedances || exceedances.front() <= 0) return kUndefined;
  return fit_generalised_pareto(exceedances).shape;
}

JackknifeOfLogMean WeightStatistics::jackknife() const {
  const double count = static_cast<double>(count_);
  if (has_nan_ || count_ < 2 || kept_.size() < 2) return {kUndefined, kUndefined};
  std::vector<double> sorted = kept_;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  // log(1 - share): by how much the sum's logarithm falls without that weight.
  double falls = 0, squares = 0;
  const auto take = [&](double fall) {
    falls += fall;
    squares += fall * fall;
  };
  for (std::size_t i = 1; i < sorted.size(); ++i)
    take(std::log1p(-std::exp(sorted[i] - maximum_) / sum_));
  // The largest may have all but a rounding of the sum: the others' own sum keeps the digits.
  double others = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) others += std::exp(sorted[i] - sorted[1]);
  double log_others = sorted[1] + std::log(others);
  if (rest_[0] > 0) {
    const double log_rest = maximum_ + std::log(rest_[0]);
    log_others += std::log1p(std::exp(log_rest - log_others));
  }
  take(log_others - maximum_ - std::log(sum_));
  // log(1 - u) = -sum_n u^n / n, and its square is sum_n 2 H(n - 1) u^n / n with harmonic numbers
  // H.
  double scale = 1, harmonic = 0;
  for (std::size_t j = 0; j < kPowers; ++j) {
    const double n = static_cast<double>(j + 1);
    scale /= sum_;
    falls -= rest_[j] * scale / n;
    squares += 2 * harmonic * rest_[j] * scale / n;
    harmonic += 1 / n;
  }
  const double mean = falls / count;
  return {(count - 1) * (mean - std::log1p(-1 / count)),
          (count - 1) / count * std::max(0.0, squares - count * mean * mean)};
}

GeneralisedPareto fit_generalised_pareto(const std::vector<double>& sorted) {
  const std::size_t n = sorted.size();
  const double count = static_cast<double>(n);
  const int grid = 30 + static_cast<int>(std::sqrt(count));
  const double quartile = sorted[static_cast<std::size_t>(std::floor(count / 4.0 + 0.5)) - 1];
  std::vector<double> theta(static_cast<std::size_t>(grid)), log_likelihood(theta.size());
  auto shape_at = [&](double t) {
    double sum = 0;
    for (const double x : sorted) sum += std::log1p(-t * x);
    return sum / count;
  };
  for (std::size_t i = 0; i < theta.size(); ++i) {
    theta[i] = 1.0 / sorted.back() +
               (1.0 - std::sqrt(static_cast<double>(grid) / (static_cast<double>(i) + 0.5))) /
                   (3.0 * std::max(quartile, 1e-300));
    const double k = shape_at(theta[i]);
    log_likelihood[i] = count * (std::log(-theta[i] / k) - k - 1.0);
  }
  double mean_theta = 0;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    double total = 0;
    for (const double other : log_likelihood) total += std::exp(other - log_likelihood[i]);
    mean_theta += theta[i] / total;
  }
  const double k = shape_at(mean_theta);
  constexpr double kPriorCount = 10.0;  // weak prior towards 0.5, as ten exceedances
  return {(k * count + 0.5 * kPriorCount) / (count + kPriorCount), -k / mean_theta};
}

}  // namespace elbow
