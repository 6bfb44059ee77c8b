#include "forward_backward.h"

#include <algorithm>
#include <cmath>

namespace elbow {

namespace {

/// ln sum_i exp(a_i + b_i), whatever their size.
double log_sum(const double* a, const double* b, std::int64_t size) {
  double largest = kLogZero;
  for (std::int64_t i = 0; i < size; ++i) largest = std::max(largest, a[i] + b[i]);
  if (largest == kLogZero) return kLogZero;
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += std::exp(a[i] + b[i] - largest);
  return largest + std::log(sum);
}

/// sum_i weight_i value_i, where what has no weight does not count, be it -inf.
double weighted(const double* weight, const double* value, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i)
    if (weight[i] != 0) sum += weight[i] * value[i];
  return sum;
}

/// Takes ln sum_i exp(v_i) off v and returns it.
double normalise(double* v, std::int64_t size) {
  const double largest = *std::max_element(v, v + size);
  if (largest == kLogZero) return kLogZero;
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += std::exp(v[i] - largest);
  const double total = largest + std::log(sum);
  for (std::int64_t i = 0; i < size; ++i) v[i] -= total;
  return total;
}

}  // namespace

MarkovChain::MarkovChain(std::int64_t num_states,
                         const double* log_initial,
                         const double* log_transition)
    : size_(num_states), log_initial_(log_initial, log_initial + num_states) {
  const std::int64_t area = size_ * size_;
  from_.log.assign(log_transition, log_transition + area);
  to_.log.resize(static_cast<std::size_t>(area));
  for (std::int64_t i = 0; i < size_; ++i)
    for (std::int64_t j = 0; j < size_; ++j)
      to_.log[static_cast<std::size_t>(j * size_ + i)] = log_transition[i * size_ + j];
  for (Weights* weights : {&from_, &to_})
    for (const double value : weights->log) weights->linear.push_back(std::exp(value));
}

void MarkovChain::log_product(const Weights& weights,
                              const double* log_v,
                              double* scratch,
                              double* out) const {
  // Terms that underflow are below 1e-307; they cannot be seen in a sum above this. Other sums are
  // made of logarithms: slower, and right.
  constexpr double kSafe = 1e-280;
  const double largest = *std::max_element(log_v, log_v + size_);
  const bool is_possible = largest != kLogZero;
  for (std::int64_t i = 0; is_possible && i < size_; ++i) scratch[i] = std::exp(log_v[i] - largest);
  for (std::int64_t j = 0; j < size_; ++j) {
    const double* row = weights.linear.data() + j * size_;
    double sum = 0;
    for (std::int64_t i = 0; is_possible && i < size_; ++i) sum += row[i] * scratch[i];
    out[j] = sum > kSafe ? largest + std::log(sum)
                         : log_sum(log_v, weights.log.data() + j * size_, size_);
  }
}

double MarkovChain::forward(std::int64_t length,
                            const double* score,
                            double* log_filtered,
                            double* log_step) const {
  std::vector<double> scratch(static_cast<std::size_t>(size_));
  double total = 0;
  for (std::int64_t t = 0; t < length; ++t) {
    double* now = log_filtered + t * size_;
    if (t == 0)
      std::copy(log_initial_.begin(), log_initial_.end(), now);
    else
      log_product(to_, now - size_, scratch.data(), now);
    for (std::int64_t j = 0; j < size_; ++j) now[j] += score[t * size_ + j];
    log_step[t] = normalise(now, size_);
    if (log_step[t] == kLogZero) return kLogZero;
    total += log_step[t];
  }
  return total;
}

double MarkovChain::log_normaliser(std::int64_t length, const double* score) const {
  std::vector<double> filtered(static_cast<std::size_t>(length * size_));
  std::vector<double> step(static_cast<std::size_t>(length));
  return forward(length, score, filtered.data(), step.data());
}

void MarkovChain::add_pairs(const double* log_filtered,
                            const double* log_ahead,
                            double* pairs) const {
  const double largest = *std::max_element(log_ahead, log_ahead + size_);
  // The products below add up to exp(-largest), and what underflows in them is below 1e-307.
  constexpr double kSafe = 600;
  std::vector<double> ahead(static_cast<std::size_t>(size_));
  for (std::int64_t j = 0; j < size_; ++j)
    ahead[static_cast<std::size_t>(j)] = std::exp(log_ahead[j] - largest);
  const double scale = largest < kSafe ? std::exp(largest) : 0.0;
  for (std::int64_t i = 0; i < size_; ++i) {
    const double* row = from_.linear.data() + i * size_;
    const double* log_row = from_.log.data() + i * size_;
    const double here = std::exp(log_filtered[i]) * scale;
    for (std::int64_t j = 0; j < size_; ++j)
      pairs[i * size_ + j] += largest < kSafe
                                  ? here * row[j] * ahead[static_cast<std::size_t>(j)]
                                  : std::exp(log_filtered[i] + log_row[j] + log_ahead[j]);
  }
}

double MarkovChain::expected_log_weight(std::int64_t length,
                                        const double* score,
                                        const double* probability,
                                        const double* pairs) const {
  return weighted(probability, log_initial_.data(), size_) +
         weighted(pairs, from_.log.data(), size_ * size_) +
         weighted(probability, score, length * size_);
}

ChainPosterior MarkovChain::forward_backward(std::int64_t length,
                                             const double* score,
                                             double* probability,
                                             double* pairs) const {
  const std::size_t size = static_cast<std::size_t>(size_);
  std::vector<double> filtered(static_cast<std::size_t>(length) * size);
  std::vector<double> step(static_cast<std::size_t>(length));
  std::vector<double> backward(size, 0.0), ahead(size), scratch(size);
  std::fill(probability, probability + length * size_, 0.0);
  std::fill(pairs, pairs + size_ * size_, 0.0);
  ChainPosterior out;
  out.bound = forward(length, score, filtered.data(), step.data());
  if (out.bound == kLogZero) return out;
  for (std::int64_t t = length - 1; t >= 0; --t) {
    const double* now = filtered.data() + t * size_;
    if (t < length - 1) {
      add_pairs(now, ahead.data(), pairs);
      log_product(from_, ahead.data(), scratch.data(), backward.data());
    }
    for (std::int64_t j = 0; j < size_; ++j) {
      const double behind = backward[static_cast<std::size_t>(j)];
      probability[t * size_ + j] = std::exp(now[j] + behind);
      ahead[static_cast<std::size_t>(j)] =
          score[t * size_ + j] + behind - step[static_cast<std::size_t>(t)];
    }
  }
  out.entropy = out.bound - expected_log_weight(length, score, probability, pairs);
  return out;
}

void MarkovChain::best_path(std::int64_t length, const double* score, double* path) const {
  const std::size_t size = static_cast<std::size_t>(size_);
  std::vector<double> best(log_initial_), next(size);
  std::vector<std::int64_t> came_from(static_cast<std::size_t>(length) * size, 0);
  for (std::int64_t j = 0; j < size_; ++j) best[static_cast<std::size_t>(j)] += score[j];
  for (std::int64_t t = 1; t < length; ++t) {
    for (std::int64_t j = 0; j < size_; ++j) {
      const double* row = to_.log.data() + j * size_;
      std::int64_t from = 0;
      for (std::int64_t i = 1; i < size_; ++i)
        if (best[static_cast<std::size_t>(i)] + row[i] >
            best[static_cast<std::size_t>(from)] + row[from])
          from = i;
      came_from[static_cast<std::size_t>(t * size_ + j)] = from;
      next[static_cast<std::size_t>(j)] =
          best[static_cast<std::size_t>(from)] + row[from] + score[t * size_ + j];
    }
    best.swap(next);
  }
  std::int64_t state = std::max_element(best.begin(), best.end()) - best.begin();
  for (std::int64_t t = length - 1; t >= 0; --t) {
    path[t] = static_cast<double>(state);
    state = came_from[static_cast<std::size_t>(t * size_ + state)];
  }
}

}  // namespace elbow
