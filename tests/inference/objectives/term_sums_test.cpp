// Sums and means of a bound as one node each against LibTorch's operators.
#include "elbow/inference/objectives/term_sums.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <functional>

#include "elbow/probability/distributions/reference_operators.h"
#include "inference/objectives/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using torch::autograd::variable_list;
using Function = std::function<Tensor(const variable_list& inputs)>;

/// The value, its gradients, and the gradients of these.
variable_list derivatives_of(const Function& function, const variable_list& inputs) {
  const Tensor value = function(inputs);
  variable_list out{value};
  const Tensor total = (value.sin() * (value + 2)).sum();
  for (const bool has_graph : {false, true}) {
    const auto first = torch::autograd::grad({total}, inputs, {}, /*retain_graph=*/true, has_graph);
    out.insert(out.end(), first.begin(), first.end());
    if (!has_graph) continue;
    Tensor sum = at::zeros({}, value.options());
    for (const Tensor& gradient : first) sum = sum + gradient.exp().sum();
    const auto second = torch::autograd::grad({sum}, inputs);
    out.insert(out.end(), second.begin(), second.end());
  }
  return out;
}

void expect_same(const variable_list& found, const variable_list& expected, double bound) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].sizes(), expected[i].sizes()) << i;
    EXPECT_TRUE(at::allclose(found[i], expected[i], bound, bound)) << i;
  }
}

variable_list inputs_of(const std::vector<Shape>& shapes, at::ScalarType dtype) {
  at::manual_seed(4);
  variable_list out;
  for (const Shape& shape : shapes) out.push_back(at::randn(shape, dtype).requires_grad_());
  return out;
}

TEST(TermSums, AreThoseOfOperators) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const double bound = dtype == at::kDouble ? 1e-12 : 1e-5;
    const auto inputs = inputs_of({{3, 5}, {5}, {1, 5}}, dtype);
    const auto means = [](const variable_list& x) {
      return sum_of_particle_means({{x[0], 1.0}, {x[1], -0.5}, {x[2], -2.0}});
    };
    const auto plain_means = [](const variable_list& x) {
      return x[0].mean(0) - x[1] * 0.5 - x[2].squeeze(0) * 2;
    };
    expect_same(derivatives_of(means, inputs), derivatives_of(plain_means, inputs), bound);

    const auto alike = inputs_of({{3, 5}, {3, 5}}, dtype);
    const auto sums = [](const variable_list& x) {
      return sum_of_terms({{x[0], 1.0}, {x[1], -1.0}});
    };
    const auto plain_sums = [](const variable_list& x) { return x[0] - x[1]; };
    expect_same(derivatives_of(sums, alike), derivatives_of(plain_sums, alike), bound);

    const auto mean = [](const variable_list& x) { return minus_mean(x[0]) * minus_mean(x[1]); };
    const auto plain_mean = [](const variable_list& x) { return x[0].mean() * x[1].mean(); };
    expect_same(derivatives_of(mean, alike), derivatives_of(plain_mean, alike), bound);
  }
}

TEST(TermSums, AreForTermsOfOneBatch) {
  const Tensor wide = at::zeros({2, 6}), other = at::zeros({2, 5});
  EXPECT_TRUE(fit_one_sum({{wide}, {wide}}));
  EXPECT_FALSE(fit_one_sum({}));
  EXPECT_FALSE(fit_one_sum({{wide}, {other}}));
  EXPECT_FALSE(fit_one_sum({{wide}, {wide.to(at::kDouble)}}));
  EXPECT_FALSE(fit_one_sum({{wide.t()}}));
  const ReferenceOperators reference;
  EXPECT_FALSE(fit_one_sum({{wide}, {wide}}));
}

// Every bound of log-weights, by its one loop and by operators.
TEST(PowerMeanNode, IsThatOfOperators) {
  for (const auto& [name, keys] :
       std::vector<std::pair<std::string, Json>>{{"iwae", {}},
                                                 {"renyi", {{"alpha", 0.4}}},
                                                 {"renyi", {{"alpha", -1.5}}},
                                                 {"renyi", {{"alpha", 1.0}}}}) {
    Json all = keys;
    all["num_particles"] = 7;
    const auto objective = testing::make_objective(name, all);
    objective->advance(Clock{});
    const auto bound = [&objective](const variable_list& x) { return objective->reduce(x[0]); };
    for (const auto dtype : {at::kDouble, at::kFloat}) {
      variable_list weights = inputs_of({{7, 4}}, dtype);
      {
        const at::NoGradGuard no_grad;
        // No exponential of these is a number; in float32 400 would leave few digits to compare.
        weights[0].mul_(6).sub_(dtype == at::kDouble ? 800 : 0);
      }
      const auto fused = derivatives_of(bound, weights);
      EXPECT_EQ(objective->reduce(weights[0]).grad_fn()->name(), "PowerMeanBackward");
      const ReferenceOperators reference;
      expect_same(fused, derivatives_of(bound, weights), dtype == at::kDouble ? 1e-9 : 1e-4);
    }
  }
}

TEST(PowerMeanNode, HasTheInfinitiesOfOperators) {
  const auto objective = testing::make_objective("iwae", {{"num_particles", 2}});
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor weights = at::tensor({-inf, -1.0, -inf, 2.0}, at::kDouble).view({2, 2});
  const Tensor found = objective->reduce(weights);
  EXPECT_EQ(found[0].item<double>(), -inf);
  EXPECT_NEAR(found[1].item<double>(), std::log((std::exp(-1) + std::exp(2)) / 2), 1e-14);
  const Tensor half = at::tensor({-inf, 0.0}, at::kDouble).view({2, 1});
  EXPECT_NEAR(objective->reduce(half).item<double>(), -std::log(2), 1e-15);
  EXPECT_TRUE(std::isnan(objective->reduce(half * 0).item<double>()));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
