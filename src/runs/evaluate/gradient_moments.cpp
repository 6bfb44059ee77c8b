#include "elbow/runs/evaluate/gradient_moments.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

namespace elbow {
namespace {

/// Mean inner product of two different blocks among those that `leave_out` is not, from all inner
/// products [n, n]. @param leave_out -1: none
double mean_of_pairs(const Tensor& products, std::int64_t leave_out) {
  const std::int64_t n = products.size(0);
  const auto at = products.accessor<double, 2>();
  double sum = 0;
  std::int64_t pairs = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) {
      if (i == leave_out || j == leave_out) continue;
      sum += at[i][j];
      ++pairs;
    }
  return sum / static_cast<double>(pairs);
}

double root(double square) { return square > 0 ? std::sqrt(square) : 0.0; }

/// Far from 0 the delta method's, near 0 what the square's error leaves open.
double error_of_root(const Estimate& square) {
  return root(std::max(0.0, square.value) + square.standard_error) - root(square.value);
}

bool is_known(const Estimate& square) { return square.value > 4 * square.standard_error; }

/// Two sums of the same numbers in another order differ by less than this, relatively.
constexpr double kRounding = 1e-10;

void add_bias(Json& out,
              const Tensor& blocks,
              const Tensor& truth,
              const Estimate& square,
              bool has_seen_all) {
  const Estimate distance = squared_norm_of_mean(blocks - truth),
                 true_square = squared_norm_of_mean(truth);
  Json bias = {{"value", root(distance.value)},
               {"squared", distance.value},
               {"standard_error", distance.standard_error}};
  if (!has_seen_all) {
    bias["is_found"] = false;
    out["bias"] = std::move(bias);
    return;
  }
  if (is_known(true_square)) {
    const double norm = std::sqrt(true_square.value);
    bias["relative"] = root(distance.value) / norm;
    bias["relative_upper"] =
        root(std::max(0.0, distance.value) + 2 * distance.standard_error) / norm;
  }
  bias["is_found"] = distance.value > 4 * distance.standard_error &&
                     distance.value > kRounding * std::max(0.0, true_square.value);
  out["bias"] = std::move(bias);
  if (!is_known(square) || !is_known(true_square)) return;
  const double product = (blocks.mean(0) * truth.mean(0)).sum().item<double>();
  out["cosine"] = std::clamp(product / std::sqrt(square.value * true_square.value), -1.0, 1.0);
}

}  // namespace

GradientMoments::GradientMoments(std::int64_t num_parameters)
    : mean_(at::zeros({num_parameters}, at::kDouble)),
      squares_(at::zeros({num_parameters}, at::kDouble)),
      block_sums_(at::zeros({kNumBlocks, num_parameters}, at::kDouble)) {}

void GradientMoments::add(const Tensor& gradient) {
  const Tensor value = gradient.detach().to(at::kCPU, at::kDouble);
  block_sums_[count_ % kNumBlocks] += value;
  ++count_;
  // Welford, 1962: a mean far from 0 costs the variance no digits.
  const Tensor before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
}

Tensor GradientMoments::variance() const {
  TORCH_CHECK(count_ > 1, "a variance needs two draws");
  return squares_ / static_cast<double>(count_ - 1);
}

Tensor GradientMoments::block_means() const {
  TORCH_CHECK(count_ > 0 && count_ % kNumBlocks == 0, "blocks of draws are not equally long");
  return block_sums_ * (static_cast<double>(kNumBlocks) / static_cast<double>(count_));
}

Estimate squared_norm_of_mean(const Tensor& block_means) {
  const Tensor products = at::matmul(block_means, block_means.t()).contiguous();
  const std::int64_t n = products.size(0);
  Estimate out;
  out.value = mean_of_pairs(products, /*leave_out=*/-1);
  std::vector<double> without;
  double mean = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    without.push_back(mean_of_pairs(products, i));
    mean += without.back() / static_cast<double>(n);
  }
  double squares = 0;
  for (const double value : without) squares += (value - mean) * (value - mean);
  out.standard_error = std::sqrt(squares * static_cast<double>(n - 1) / static_cast<double>(n));
  return out;
}

Json describe_gradient(const std::vector<ParameterGroup>& groups,
                       const GradientMoments& draws,
                       const GradientMoments* reference,
                       bool has_seen_all) {
  const Tensor all_blocks = draws.block_means(), all_variances = draws.variance(),
               all_truth = reference == nullptr ? Tensor() : reference->block_means();
  Json out = Json::array();
  for (const auto& group : groups) {
    const Tensor blocks = all_blocks.narrow(1, group.first, group.count);
    const Estimate square = squared_norm_of_mean(blocks);
    const double norm = root(square.value), norm_error = error_of_root(square),
                 variance = all_variances.narrow(0, group.first, group.count).sum().item<double>();
    Json found = {{"group", group.name},
                  {"parameters", group.count},
                  {"norm", {{"value", norm}, {"standard_error", norm_error}}},
                  {"variance", variance}};
    if (variance > 0)
      found["snr"] = {{"value", norm / std::sqrt(variance)},
                      {"standard_error", norm_error / std::sqrt(variance)}};
    if (all_truth.defined())
      add_bias(found, blocks, all_truth.narrow(1, group.first, group.count), square, has_seen_all);
    out.push_back(std::move(found));
  }
  return out;
}

}  // namespace elbow
