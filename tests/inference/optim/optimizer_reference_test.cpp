// Every optimizer against an independent implementation: LibTorch's own, values written by PyTorch,
// or the paper's formula.
#include <ATen/ops/arange.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "adamax_golden.h"
#include "support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using test::make;
using test::no_fault;
using test::rate_of;

constexpr double kRate = 0.015625;  // exact in float32, the type of our learning rates
constexpr int kSteps = 50;

Tensor start_values(at::ScalarType dtype, int size = 301, double scale = 1.0) {
  return at::linspace(-scale, scale, size, at::TensorOptions().dtype(dtype))
      .mul(at::linspace(1, 7, size).to(dtype).sin());
}

/// A quadratic with a different sawtooth on every element, so that gradients change sign and size.
Tensor gradient_at(const Tensor& values, int step) {
  const auto index = at::arange(values.numel(), values.options());
  return (index.remainder(5) + 1) * (values - 0.25) + ((step * (index + 3)).remainder(7) - 3) / 4;
}

using Reference = std::function<std::unique_ptr<torch::optim::Optimizer>(const Tensor&)>;

/// @return the largest difference over all steps and elements
double difference(const std::string& type,
                  const Json& changes,
                  const Reference& reference,
                  at::ScalarType dtype,
                  double rate,
                  double scale = 1.0) {
  Tensor ours = start_values(dtype, 301, scale);
  Tensor theirs = ours.clone().set_requires_grad(true);
  const auto optimizer = make(type, ours, changes);
  const auto other = reference(theirs);
  double largest = 0;
  for (int step = 1; step <= kSteps; ++step) {
    optimizer->step(ours, gradient_at(ours, step), rate_of(rate), no_fault());
    theirs.mutable_grad() = gradient_at(theirs.detach(), step);
    other->step();
    largest = std::max(largest, (ours - theirs.detach()).abs().max().item<double>());
  }
  return largest;
}

std::vector<Tensor> one(const Tensor& parameter) { return {parameter}; }

void expect_equal(const std::string& type, const Json& changes, const Reference& reference) {
  EXPECT_LE(difference(type, changes, reference, at::kDouble, kRate), 1e-12)
      << type << " " << changes.dump();
}

torch::optim::AdamOptions adam_options() { return torch::optim::AdamOptions(kRate); }
torch::optim::AdamWOptions adamw_options() { return torch::optim::AdamWOptions(kRate); }
torch::optim::RMSpropOptions rmsprop_options() { return torch::optim::RMSpropOptions(kRate); }
torch::optim::SGDOptions sgd_options() { return torch::optim::SGDOptions(kRate); }

template <class Optimizer, class Options>
Reference reference(const Options& options) {
  return [options](const Tensor& p) { return std::make_unique<Optimizer>(one(p), options); };
}

TEST(OptimizerReference, AdamEqualsLibTorch) {
  using torch::optim::Adam;
  expect_equal("adam", Json::object(), reference<Adam>(adam_options()));
  expect_equal(
      "adam", {{"weight_decay", 0.125}}, reference<Adam>(adam_options().weight_decay(0.125)));
  expect_equal("adam", {{"amsgrad", true}}, reference<Adam>(adam_options().amsgrad(true)));
  expect_equal("adam",
               {{"beta1", 0.8}, {"beta2", 0.95}, {"eps", 1e-3}},
               reference<Adam>(adam_options().betas(std::make_tuple(0.8, 0.95)).eps(1e-3)));
}

TEST(OptimizerReference, AdamWEqualsLibTorch) {
  using torch::optim::AdamW;
  expect_equal("adamw", Json::object(), reference<AdamW>(adamw_options().weight_decay(0.01)));
  expect_equal("adamw",
               {{"weight_decay", 0.25}, {"amsgrad", true}},
               reference<AdamW>(adamw_options().weight_decay(0.25).amsgrad(true)));
}

// The two implementations round differently; weights stay below 0.2, where one float32 rounding is
// at most 7.5e-9.
TEST(OptimizerReference, FusedAdamInFloat32AgreesWithLibTorch) {
  const double rate = 0.0009765625;
  for (const bool is_decoupled : {false, true}) {
    const auto other =
        is_decoupled
            ? reference<torch::optim::AdamW>(torch::optim::AdamWOptions(rate).weight_decay(0.01))
            : reference<torch::optim::Adam>(torch::optim::AdamOptions(rate));
    const auto type = is_decoupled ? "adamw" : "adam";
    EXPECT_LE(difference(type, Json::object(), other, at::kFloat, rate, /*scale=*/0.1), 5e-8)
        << type;
  }
}

TEST(OptimizerReference, RmsPropEqualsLibTorch) {
  using torch::optim::RMSprop;
  expect_equal("rmsprop", Json::object(), reference<RMSprop>(rmsprop_options()));
  expect_equal("rmsprop",
               {{"momentum", 0.9}, {"weight_decay", 0.125}},
               reference<RMSprop>(rmsprop_options().momentum(0.9).weight_decay(0.125)));
  expect_equal("rmsprop",
               {{"centered", true}, {"alpha", 0.9}, {"eps", 1e-3}},
               reference<RMSprop>(rmsprop_options().centered(true).alpha(0.9).eps(1e-3)));
  expect_equal("rmsprop",
               {{"centered", true}, {"momentum", 0.5}, {"eps", 1e-3}},
               reference<RMSprop>(rmsprop_options().centered(true).momentum(0.5).eps(1e-3)));
}

TEST(OptimizerReference, AdaGradEqualsLibTorch) {
  using torch::optim::Adagrad;
  using torch::optim::AdagradOptions;
  expect_equal("adagrad", Json::object(), reference<Adagrad>(AdagradOptions(kRate)));
  expect_equal(
      "adagrad",
      {{"start", 0.5}, {"eps", 1e-3}, {"weight_decay", 0.125}},
      reference<Adagrad>(
          AdagradOptions(kRate).initial_accumulator_value(0.5).eps(1e-3).weight_decay(0.125)));
}

TEST(OptimizerReference, SgdEqualsLibTorch) {
  using torch::optim::SGD;
  expect_equal("sgd", Json::object(), reference<SGD>(sgd_options()));
  expect_equal("sgd", {{"weight_decay", 0.125}}, reference<SGD>(sgd_options().weight_decay(0.125)));
  expect_equal("sgd", {{"momentum", 0.9}}, reference<SGD>(sgd_options().momentum(0.9)));
  expect_equal("sgd",
               {{"momentum", 0.9}, {"nesterov", true}},
               reference<SGD>(sgd_options().momentum(0.9).nesterov(true)));
  expect_equal("sgd",
               {{"momentum", 0.9}, {"dampening", 0.25}},
               reference<SGD>(sgd_options().momentum(0.9).dampening(0.25)));
}

void expect_golden(const Json& changes, const double* expected) {
  Tensor values = at::tensor({0.5, -0.25, 0.125, -1.0}, at::kDouble);
  const auto optimizer = make("adamax", values, changes);
  for (int step = 1; step <= kSteps; ++step) {
    const auto index = at::arange(4, values.options());
    const auto gradient =
        (index + 1) * (values - 0.25) + ((step * (index + 3)).remainder(7) - 3) / 4;
    optimizer->step(values, gradient, rate_of(kRate), no_fault());
  }
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(values[i].item<double>(), expected[i], 1e-12) << i;
}

TEST(OptimizerReference, AdamaxEqualsPyTorch) {
  expect_golden(Json::object(), test::kAdamaxDefault);
  expect_golden({{"beta1", 0.8}, {"beta2", 0.95}, {"eps", 1e-3}, {"weight_decay", 0.125}},
                test::kAdamaxOptions);
}

/// Runs an optimizer on one number against a formula in plain doubles. @param formula (gradient,
/// step) -> what the number loses
void expect_formula(const std::string& type,
                    const Json& changes,
                    const std::function<double(double, int)>& formula) {
  Tensor values = at::tensor({0.5}, at::kDouble);
  double expected = 0.5;
  const auto optimizer = make(type, values, changes);
  for (int step = 1; step <= kSteps; ++step) {
    optimizer->step(values, gradient_at(values, step), rate_of(kRate), no_fault());
    expected -= kRate * formula(expected - 0.25 + ((step * 3) % 7 - 3) / 4.0, step);
    EXPECT_NEAR(values[0].item<double>(), expected, 1e-12) << type << " step " << step;
  }
}

// Kingma & Ba, arXiv:1412.6980, section 7.1, which has no eps: 1e-300 leaves every magnitude as it
// is.
TEST(OptimizerReference, AdamaxFollowsThePaper) {
  double m = 0, u = 0;
  expect_formula(
      "adamax", {{"eps", 1e-300}, {"beta1", 0.75}, {"beta2", 0.9}}, [&](double g, int t) {
        m = 0.75 * m + 0.25 * g;
        u = std::max(0.9 * u, std::abs(g));
        return m / ((1 - std::pow(0.75, t)) * u);
      });
}

// The same paper, end of section 2: alpha_t = alpha sqrt(1 - b2^t) / (1 - b1^t), eps beside the
// uncorrected root.
TEST(OptimizerReference, AdamWithEpsBeforeTheCorrectionFollowsThePaper) {
  double m = 0, v = 1;
  expect_formula(
      "adam",
      {{"eps_place", "before_correction"}, {"eps", 1e-2}, {"initial_second_moment", 1.0}},
      [&](double g, int t) {
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        return std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m /
               (std::sqrt(v) + 1e-2);
      });
}

TEST(OptimizerReference, AdamStartsFromTheGivenSecondMoment) {
  double m = 0, v = 1;
  expect_formula("adam", {{"initial_second_moment", 1.0}}, [&](double g, int t) {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    return m / (1 - std::pow(0.9, t)) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
  });
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
