// What latents say of examples, held against quadrature.
#include "elbow/runs/evaluate/mutual_information.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/runs/evaluate/posterior_study.h"
#include "runs/evaluate/user_input_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Half of the posteriors are N(-1, 0.5^2), half N(1, 0.5^2): 0.632720 nats by quadrature (Python),
// and the draws have the standard deviation 0.327. Five errors of 4 x 200 draws, fixed seed: fails
// by chance with probability 6e-7. The scale of the latents is nothing.
TEST(MutualInformation, IsThatOfTwoKindsOfExamplesOnAnyScale) {
  for (const double scale : {1.0, 1e-3}) {
    Tensor loc = at::full({200, 1}, scale, at::kDouble);
    loc.narrow(0, 0, 100).neg_();
    const DiagNormal posterior(loc, at::full_like(loc, std::log(0.5 * scale)));
    const auto found = mutual_information(posterior, row_range(0, 200), /*draws=*/4, /*seed=*/1);
    EXPECT_NEAR(mean(found), 0.632720, 5 * 0.327 / std::sqrt(800.0)) << scale;
  }
}

TEST(MutualInformation, IsNothingWhereAllPosteriorsAreTheSame) {
  const Tensor logits = at::full({70, 8}, 3.0, at::kDouble);
  const Independent posterior(std::make_shared<Bernoulli>(logits), 1);
  EXPECT_NEAR(mean(mutual_information(posterior, row_range(0, 70), 4, 1)), 0, 1e-12);
}

TEST(MutualInformation, IsTheLogarithmOfTheirNumberWhereExamplesAreTold) {
  const Tensor loc = at::ones({50, 1}, at::kDouble).cumsum(0);
  const DiagNormal posterior(loc, at::full_like(loc, -5.0));
  EXPECT_NEAR(mean(mutual_information(posterior, row_range(0, 50), 2, 1)), std::log(50.0), 1e-12);
}

TEST(Collapse, IsJudgedByWhatTheLatentsSay) {
  SayingOfLatents saying;
  saying.units = 4;
  const auto of = [&saying](double kl, std::optional<double> information, std::int64_t active) {
    saying.kl = kl;
    saying.mutual_information = information;
    saying.active_units = active;
    return collapse_of(saying);
  };
  EXPECT_EQ(of(0.02, 0.01, 0), "full");
  EXPECT_EQ(of(3.9, 0.01, 0), "full");  // far from the prior, and the same for all
  EXPECT_EQ(of(0.6, 0.55, 0), "none");  // says something by what the means do not show
  EXPECT_EQ(of(9.0, 2.5, 1), "partial");
  EXPECT_EQ(of(9.0, 2.5, 2), "none");
  // Not known: the KL bounds it.
  EXPECT_EQ(of(0.02, std::nullopt, 0), "full");
  EXPECT_EQ(of(3.9, std::nullopt, 0), "");
  EXPECT_EQ(of(3.9, std::nullopt, 1), "partial");
}

// Means that vary by 1e-4 of variance: nothing beside a standard normal, half of a prior of 2e-4.
TEST(ActiveUnits, AreCountedOnThePriorsScale) {
  std::vector<ExampleEstimate> examples(2);
  examples[0].posterior_mean = {-std::sqrt(0.5) * 1e-2, 0};
  examples[1].posterior_mean = {std::sqrt(0.5) * 1e-2, 0};
  EXPECT_EQ(summarise(examples, 10, 0).at("active_units"), 0);
  EXPECT_EQ(summarise(examples, 10, 0, {2e-4, 2e-4}).at("active_units"), 1);
  EXPECT_EQ(summarise(examples, 10, 0, {1.0, 1.0}).at("active_units"), 0);
}

// The scale is that of the run's own prior: so narrow that all units are active, so wide that none
// is.
TEST(ActiveUnits, AreHeldAgainstThePriorOfTheRun) {
  testing::Fitted fitted = testing::run_of(
      "data: {type: synthetic_two_moons, train_size: 40, validation_size: 0, test_size: 1}, model: "
      "{latent_size: 2, prior: {type: diag_normal}, likelihood: {type: normal}}, trainer: {epochs: "
      "1}");
  EvaluationOptions options;
  options.split = "train";
  options.importance.particles = 2;
  const auto summary_at = [&](double variance) {
    const at::NoGradGuard no_grad;
    Tensor prior = fitted.run.modules.model->named_parameters()["prior.parameters"];
    prior.narrow(0, 2, 2).fill_(std::log(variance) / 2);
    return evaluate_run(fitted.run, options).summary;
  };
  const auto moved = summary_at(1).at("mean_variance_per_unit").get<std::vector<double>>();
  const auto [least, most] = std::minmax_element(moved.begin(), moved.end());
  EXPECT_EQ(summary_at(*least * 50).at("active_units"), 2);
  EXPECT_EQ(summary_at(*most * 200).at("active_units"), 0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
