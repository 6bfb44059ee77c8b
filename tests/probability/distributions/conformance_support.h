#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "probability/distributions/examples.h"

namespace elbow::testing {

inline double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Mean of draws [N, ...] within five standard errors of the expectation, everywhere: fails by
// chance with probability 6e-7 per number, and never once the seed has passed.
inline void expect_mean(const Tensor& draws, const Tensor& expectation, const char* what) {
  const double count = static_cast<double>(draws.size(0));
  const Tensor error = draws.std(0, /*unbiased=*/true) / std::sqrt(count);
  const Tensor deviation = (draws.mean(0) - expectation).abs() / error.clamp_min(1e-12);
  EXPECT_LT(deviation.max().item<double>(), 5.0) << what << "\n" << draws.mean(0) << expectation;
}

// Compares the gradient of f in every element of every parameter with central differences.
template <class Function>
void expect_gradient(const Distribution& p, Function f) {
  const auto parameters = p.parameters();
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : parameters) tensors.push_back(tensor);
  if (parameters.empty()) GTEST_SKIP() << "has no parameters";
  f().backward();
  for (const auto& [name, tensor] : parameters) {
    ASSERT_TRUE(tensor.grad().defined()) << name;
    const Tensor flat = tensor.detach().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const double at_point = flat[i].template item<double>(), h = 1e-5;
      flat[i].fill_(at_point + h);
      const double above = f().template item<double>();
      flat[i].fill_(at_point - h);
      const double below = f().template item<double>();
      flat[i].fill_(at_point);
      const double slope = (above - below) / (2 * h);
      const double gradient = tensor.grad().view(-1)[i].template item<double>();
      EXPECT_NEAR(gradient, slope, 1e-7 * (1 + std::abs(slope))) << name << " element " << i;
    }
  }
}

}  // namespace elbow::testing
