#pragma once

#include <cstdint>

namespace elbow {

/// Bernoulli log density summed over rows, and its gradient, in one pass. Raw memory, no LibTorch.
/// The same bits for any thread count and any instruction set.
///
/// @param logits     [rows, cols]
/// @param value      [value_rows, cols]; row r is scored against value row r mod value_rows
/// @param log_prob   [rows] sum over the columns of x*l - softplus(l)
/// @param gradient   [rows, cols] x - sigmoid(l), or null when not wanted
struct BernoulliRows {
  const float* logits;
  const float* value;
  std::int64_t rows, value_rows, cols;
  float* log_prob;
  float* gradient;
};
void bernoulli_log_prob_rows(const BernoulliRows& job);

}  // namespace elbow
