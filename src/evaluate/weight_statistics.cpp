#include "elbow/evaluate/weight_statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace elbow {

namespace {

constexpr std::int64_t kFewestForPareto = 25;

std::size_t tail_size_for(std::int64_t count) {
  const double size =
      std::min(0.2 * static_cast<double>(count), 3.0 * std::sqrt(static_cast<double>(count)));
  return static_cast<std::size_t>(std::ceil(size));
}

}  // namespace

WeightStatistics::WeightStatistics(std::int64_t expected_count)
    : tail_size_(tail_size_for(expected_count)),
      maximum_(-std::numeric_limits<double>::infinity()) {}

void WeightStatistics::add(double log_weight) {
  ++count_;
  if (log_weight == -std::numeric_limits<double>::infinity()) return;
  if (log_weight > maximum_) {
    const double rescale = std::exp(maximum_ - log_weight);
    sum_ *= rescale;
    sum_squares_ *= rescale * rescale;
    maximum_ = log_weight;
  }
  const double weight = std::exp(log_weight - maximum_);
  sum_ += weight;
  sum_squares_ += weight * weight;
  // One more than the tail: the threshold is the largest weight that is not in it.
  if (tail_.size() < tail_size_ + 1) {
    tail_.push_back(log_weight);
    std::push_heap(tail_.begin(), tail_.end(), std::greater<>());
  } else if (log_weight > tail_.front()) {
    std::pop_heap(tail_.begin(), tail_.end(), std::greater<>());
    tail_.back() = log_weight;
    std::push_heap(tail_.begin(), tail_.end(), std::greater<>());
  }
}

double WeightStatistics::log_mean() const {
  return maximum_ + std::log(sum_) - std::log(static_cast<double>(count_));
}

double WeightStatistics::effective_sample_size() const {
  return sum_squares_ > 0 ? sum_ * sum_ / sum_squares_ : 0.0;
}

double WeightStatistics::pareto_k() const {
  if (count_ < kFewestForPareto || tail_.size() < tail_size_ + 1)
    return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted = tail_;
  std::sort(sorted.begin(), sorted.end());
  const double threshold = std::exp(sorted.front() - maximum_);
  std::vector<double> exceedances;
  for (std::size_t i = 1; i < sorted.size(); ++i)
    exceedances.push_back(std::exp(sorted[i] - maximum_) - threshold);
  // Equal weights have no tail at all: the exact posterior is the guide.
  if (exceedances.back() <= 1e-13) return -std::numeric_limits<double>::infinity();
  return fit_generalised_pareto(exceedances);
}

double fit_generalised_pareto(const std::vector<double>& sorted) {
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
  return (k * count + 0.5 * kPriorCount) / (count + kPriorCount);
}

}  // namespace elbow
