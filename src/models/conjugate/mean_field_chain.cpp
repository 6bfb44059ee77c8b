#include <algorithm>
#include <cmath>

#include "forward_backward.h"

namespace elbow {

namespace {

/// In the place of ln 0, so that a probability of 0 times it is 0 and not NaN.
constexpr double kAlmostNever = -1e300;

double at_least_almost_never(double log_value) { return std::max(log_value, kAlmostNever); }

/// Replaces the log weights by probabilities.
void softmax(double* values, std::int64_t size) {
  const double largest = *std::max_element(values, values + size);
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += values[i] = std::exp(values[i] - largest);
  for (std::int64_t i = 0; i < size; ++i) values[i] /= sum;
}

double entropy_of(const double* probability, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i)
    if (probability[i] > 0) sum -= probability[i] * std::log(probability[i]);
  return sum;
}

}  // namespace

void MarkovChain::field_at(std::int64_t t,
                           std::int64_t length,
                           const double* score,
                           const double* probability,
                           double* field) const {
  const double* before = probability + (t - 1) * size_;
  const double* after = probability + (t + 1) * size_;
  for (std::int64_t j = 0; j < size_; ++j) {
    field[j] = at_least_almost_never(score[t * size_ + j]);
    if (t == 0) field[j] += at_least_almost_never(log_initial_[static_cast<std::size_t>(j)]);
    const double* to = to_.log.data() + j * size_;
    const double* from = from_.log.data() + j * size_;
    for (std::int64_t i = 0; t > 0 && i < size_; ++i)
      field[j] += before[i] * at_least_almost_never(to[i]);
    for (std::int64_t i = 0; t + 1 < length && i < size_; ++i)
      field[j] += after[i] * at_least_almost_never(from[i]);
  }
  softmax(field, size_);
}

bool MarkovChain::sweep(std::int64_t length,
                        const double* score,
                        double tolerance,
                        double* probability) const {
  std::vector<double> field(static_cast<std::size_t>(size_));
  double change = 0;
  for (std::int64_t t = 0; t < length; ++t) {
    field_at(t, length, score, probability, field.data());
    double* now = probability + t * size_;
    for (std::int64_t j = 0; j < size_; ++j)
      change = std::max(change, std::abs(field[static_cast<std::size_t>(j)] - now[j]));
    std::copy(field.begin(), field.end(), now);
  }
  return change > tolerance;
}

ChainPosterior MarkovChain::mean_field(std::int64_t length,
                                       const double* score,
                                       const MeanFieldSweeps& sweeps,
                                       double* probability,
                                       double* pairs) const {
  for (std::int64_t t = 0; t < length; ++t) {
    double* now = probability + t * size_;
    if (std::any_of(now, now + size_, [](double p) { return p > 0; })) continue;
    // Nothing is known of the neighbours yet: the observation alone.
    for (std::int64_t j = 0; j < size_; ++j) now[j] = at_least_almost_never(score[t * size_ + j]);
    softmax(now, size_);
  }
  bool is_moving = true;
  for (std::int64_t i = 0; i < sweeps.most && is_moving; ++i)
    is_moving = sweep(length, score, sweeps.tolerance, probability);
  std::fill(pairs, pairs + size_ * size_, 0.0);
  for (std::int64_t t = 0; t + 1 < length; ++t)
    for (std::int64_t i = 0; i < size_; ++i)
      for (std::int64_t j = 0; j < size_; ++j)
        pairs[i * size_ + j] += probability[t * size_ + i] * probability[(t + 1) * size_ + j];
  ChainPosterior out;
  out.entropy = entropy_of(probability, length * size_);
  out.bound = expected_log_weight(length, score, probability, pairs) + out.entropy;
  return out;
}

}  // namespace elbow
