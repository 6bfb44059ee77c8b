#include "elbow/inference/optim/optimizer.h"

#include <ATen/Functions.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "elbow/foundations/core/error.h"
#include "support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using test::make;
using test::no_fault;
using test::rate_of;
using test::same_bits;
using test::Variant;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

/// Gradients of a run: a quadratic plus fixed waves.
Tensor gradient_at(const Tensor& values, int step) {
  const auto index = at::arange(values.numel(), values.options());
  return values - 0.3 + (index * 0.7 + step).sin() * 0.5;
}

struct Training {
  Training(const Variant& variant, at::ScalarType dtype, int size = 130)
      : values(at::linspace(-1, 1, size, at::TensorOptions().dtype(dtype))),
        optimizer(make(variant.type, values, variant.changes)) {}

  void advance(int first, int last) {
    for (int step = first; step <= last; ++step)
      optimizer->step(values, gradient_at(values, step), rate, no_fault());
  }

  std::vector<Tensor> everything() const {
    std::vector<Tensor> out{values.clone()};
    for (const auto& entry : optimizer->state()) out.push_back(entry.second.clone());
    return out;
  }

  Tensor values;
  Tensor rate = rate_of(0.01);
  OptimizerPtr optimizer;
};

void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_bits(a[i], b[i])) << "tensor " << i;
}

class EveryVariant : public ::testing::TestWithParam<std::tuple<Variant, at::ScalarType>> {
 protected:
  const Variant& variant() const { return std::get<0>(GetParam()); }
  at::ScalarType dtype() const { return std::get<1>(GetParam()); }
};

TEST_P(EveryVariant, NonFiniteGradientChangesNothing) {
  Training run(variant(), dtype()), undisturbed(variant(), dtype());
  std::mt19937 random(7);
  const auto found = no_fault();
  for (int step = 0; step < 12; ++step) {  // the first bad gradient comes before any good one
    const auto before = run.everything();
    Tensor bad = gradient_at(run.values, step);
    for (const double value : {kNan, kInfinity, -kInfinity}) {
      if (step == 11) bad.fill_(value);
      bad[static_cast<std::int64_t>(random() % 130)].fill_(value);
      found.zero_();
      check_finite(bad, at::zeros({}), found);
      ASSERT_EQ(found.item<float>(), 1.0f);
      run.optimizer->step(run.values, bad, run.rate, found);
      expect_same(run.everything(), before);
    }
    run.advance(step + 1, step + 1);
    undisturbed.advance(step + 1, step + 1);
    expect_same(run.everything(), undisturbed.everything());
  }
}

TEST_P(EveryVariant, RestoredStateContinuesBitForBit) {
  Training run(variant(), dtype());
  run.advance(1, 10);
  Training resumed(variant(), dtype());
  resumed.values.copy_(run.values);
  const auto from = run.optimizer->state(), to = resumed.optimizer->state();
  ASSERT_EQ(from.size(), to.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(from[i].first, to[i].first);
    to[i].second.copy_(from[i].second);
  }
  run.advance(11, 25);
  resumed.advance(11, 25);
  expect_same(resumed.everything(), run.everything());
}

TEST_P(EveryVariant, StateIsFlatAndCountsSteps) {
  Training run(variant(), dtype());
  run.advance(1, 5);
  bool counted = false;
  for (const auto& [name, tensor] : run.optimizer->state()) {
    if (name == "steps") {
      counted = true;
      EXPECT_EQ(tensor.dim(), 0);
      EXPECT_EQ(tensor.scalar_type(), at::kFloat);
      EXPECT_EQ(tensor.item<float>(), 5.0f);
    } else {
      EXPECT_EQ(tensor.sizes(), run.values.sizes()) << name;
      EXPECT_EQ(tensor.scalar_type(), dtype()) << name;
    }
    EXPECT_FALSE(tensor.requires_grad()) << name;
  }
  EXPECT_TRUE(counted);
}

TEST_P(EveryVariant, WrongBuffersAreRefused) {
  Training run(variant(), dtype());
  const auto before = run.everything();
  const auto other = dtype() == at::kFloat ? at::kDouble : at::kFloat;
  const auto good = gradient_at(run.values, 1);
  for (const Tensor& bad : {good.narrow(0, 0, 129),
                            good.to(other),
                            at::zeros({260}, good.options()).slice(0, 0, 260, 2),
                            Tensor()}) {
    EXPECT_THROW(run.optimizer->step(run.values, bad, run.rate, no_fault()), c10::Error);
  }
  expect_same(run.everything(), before);
}

// A gradient that was always 0 (a dead unit) must stay harmless: 0/0 lurks in every adaptive
// method.
TEST_P(EveryVariant, ZeroGradientGivesFiniteValues) {
  Training run(variant(), dtype());
  for (int step = 0; step < 3; ++step)
    run.optimizer->step(run.values, at::zeros_like(run.values), run.rate, no_fault());
  EXPECT_TRUE(run.values.isfinite().all().item<bool>());
}

// The variance of a constant gradient is 0 and rounds to less.
TEST_P(EveryVariant, ConstantGradientGivesFiniteValues) {
  Training run(variant(), dtype(), 4096);
  const auto gradient = at::linspace(0.1, 3, 4096, run.values.options());
  for (int step = 0; step < 300; ++step)
    run.optimizer->step(run.values, gradient, run.rate, no_fault());
  EXPECT_TRUE(run.values.isfinite().all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Optimizer,
                         EveryVariant,
                         ::testing::Combine(::testing::ValuesIn(test::variants()),
                                            ::testing::Values(at::kFloat, at::kDouble)),
                         [](const auto& test_case) {
                           const bool is_float = std::get<1>(test_case.param) == at::kFloat;
                           return std::get<0>(test_case.param).type + "_" +
                                  std::to_string(test_case.index) + (is_float ? "_f32" : "_f64");
                         });

TEST(OptimizerConformance, EveryRowIsDescribedAndReadsAllItsKeys) {
  for (const auto& row : optimizer_factory().rows()) {
    SCOPED_TRACE(row.info.name);
    EXPECT_EQ(row.info.kind, "optimizer");
    EXPECT_FALSE(row.info.summary.empty());
    EXPECT_FALSE(row.info.paper.empty());
    for (const auto& common : common_optimizer_parameters())
      EXPECT_NE(row.info.find(common.name), nullptr) << common.name;
    const ConfigNode node(test::resolved(row.info.name), "optimizer");
    optimizer_factory().create(node, at::zeros({3}));
    // The inference reads the shared ones; clip_norm is null by default.
    EXPECT_THAT(node.unread(), ElementsAre("optimizer.learning_rate"));
  }
}

TEST(OptimizerConformance, EveryRowFindsTheMinimumOfAQuadratic) {
  for (const auto& name : optimizer_factory().names()) {
    const auto curvature = at::linspace(0.5, 2, 20, at::TensorOptions().dtype(at::kDouble));
    const auto target = at::linspace(-2, 2, 20, at::TensorOptions().dtype(at::kDouble)).cos();
    const Tensor values = at::zeros({20}, at::kDouble);
    const auto optimizer = make(name, values);
    const auto rate = rate_of(0);
    for (int step = 0; step < 2000; ++step) {
      rate.fill_(0.05 * (1 - step / 2000.0));
      optimizer->step(values, curvature * (values - target), rate, no_fault());
    }
    // adamw's own decay pulls by up to 1 percent of the weight per unit of curvature.
    const double tolerance = name == "adamw" ? 0.02 : 1e-3;
    EXPECT_LE((values - target).abs().max().item<double>(), tolerance) << name;
  }
}

TEST(Optimizer, ImpossibleCombinationsAreRefusedNamingBothKeys) {
  const std::vector<std::tuple<std::string, Json, std::string, std::string>> cases{
      {"sgd", {{"nesterov", true}}, "'nesterov'", "'momentum'"},
      {"sgd",
       {{"nesterov", true}, {"momentum", 0.9}, {"dampening", 0.5}},
       "'nesterov'",
       "'dampening'"},
      {"sgd", {{"dampening", 0.5}}, "'dampening'", "'momentum'"},
      {"adam", {{"amsgrad", true}, {"eps_place", "before_correction"}}, "'amsgrad'", "'eps_place"},
  };
  for (const auto& [type, changes, first, second] : cases) {
    try {
      make(type, at::zeros({3}), changes);
      FAIL() << type << changes.dump();
    } catch (const ConfigError& error) {
      EXPECT_EQ(error.diagnostics().front().path, "optimizer");
      EXPECT_THAT(error.what(), HasSubstr(first));
      EXPECT_THAT(error.what(), HasSubstr(second));
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
