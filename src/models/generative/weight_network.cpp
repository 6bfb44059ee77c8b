#include "elbow/models/generative/weight_network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include <cmath>

#include "elbow/neural/nn/dropout.h"

namespace elbow {
namespace {

/// A share is left out, and the others are scaled up: the mean stays.
Tensor with_dropout(const Tensor& values, double rate) {
  return rate == 0 ? values : values * dropout_mask(values, rate);
}

}  // namespace

WeightNetwork::WeightNetwork(std::int64_t input_size,
                             const std::vector<std::int64_t>& hidden_sizes,
                             std::int64_t output_size,
                             Activation activation)
    : sizes_{input_size}, activation_(activation) {
  sizes_.insert(sizes_.end(), hidden_sizes.begin(), hidden_sizes.end());
  sizes_.push_back(output_size);
  for (std::size_t i = 0; i + 1 < sizes_.size(); ++i)
    num_weights_ += (sizes_[i] + 1) * sizes_[i + 1];
}

Tensor WeightNetwork::fan_in_scales() const {
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i + 1 < sizes_.size(); ++i)
    parts.push_back(at::full({(sizes_[i] + 1) * sizes_[i + 1]},
                             1.0 / std::sqrt(static_cast<double>(sizes_[i] + 1))));
  return at::cat(parts);
}

WeightNetwork::Squares WeightNetwork::squares(const Tensor& weights) const {
  std::vector<Tensor> matrices, biases;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i + 1 < sizes_.size(); ++i) {
    const std::int64_t in = sizes_[i], out = sizes_[i + 1];
    matrices.push_back(weights.narrow(-1, begin, in * out));
    biases.push_back(weights.narrow(-1, begin + in * out, out));
    begin += (in + 1) * out;
  }
  return {at::cat(matrices, -1).square().sum(-1), at::cat(biases, -1).square().sum(-1)};
}

Tensor WeightNetwork::forward(const Tensor& x, const Tensor& weights, double dropout) const {
  const std::int64_t draws = weights.size(0), groups = weights.size(1), rows = x.size(1);
  const Tensor flat = weights.flatten(0, 1);  // [K G, P]: one batch of matrix products
  Tensor hidden = x.unsqueeze(0).expand({draws, groups, rows, sizes_[0]}).flatten(0, 1);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i + 1 < sizes_.size(); ++i) {
    const std::int64_t in = sizes_[i], out = sizes_[i + 1];
    const Tensor matrix = flat.narrow(1, begin, in * out).unflatten(1, {in, out});
    const Tensor bias = flat.narrow(1, begin + in * out, out).unsqueeze(1);
    hidden = at::baddbmm(bias, with_dropout(hidden, dropout), matrix);
    if (i + 2 < sizes_.size()) hidden = activation_(hidden);
    begin += (in + 1) * out;
  }
  return hidden.unflatten(0, {draws, groups});
}

}  // namespace elbow
