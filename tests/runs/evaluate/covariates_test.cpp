// Columns that prior, encoder and decoder are given.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "elbow/runs/evaluate/imputer.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/export/export_run.h"
#include "finished_run.h"
#include "linear_network.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::linear;

/// Linear and Gaussian, given the covariates.
const char* const kGiven = R"(
name: given
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_linear_gaussian, data_size: 4, num_covariates: 2, train_size: 200, validation_size: 20, test_size: 40}
model:
  latents:
    z: {size: 2, given: [covariates], type: diag_normal, network: {type: mlp, hidden_sizes: []}}
  likelihood: {type: normal, given: [z, covariates], scale: shared, network: {type: mlp, hidden_sizes: []}}
guide:
  latents:
    z: {given: [x, covariates], type: full_rank_normal, network: {type: mlp, hidden_sizes: []}}
optimizer: {type: adam, learning_rate: 0.02}
trainer: {epochs: 15, batch_size: 20}
)";

class CovariatesOfRuns : public ::testing::Test {
 protected:
  const testing::TemporaryFolder folder_;
};

/// The mean [4] of p(x | c), and its covariance.
std::pair<Tensor, Tensor> moments_given(const GenerativeModel& model, const Tensor& c) {
  const auto all = model.named_parameters();
  const Tensor numbers = linear(model, "z.network", c);
  const Tensor weight = all["likelihood.network.output.weight"].narrow(1, 0, 2);
  const Tensor mean = linear(model, "likelihood.network", at::cat({numbers.narrow(0, 0, 2), c}));
  const Tensor noise = (2 * all["likelihood.log_scale"]).exp() * at::eye(4, c.options());
  const Tensor of_z = at::diag((2 * numbers.narrow(0, 2, 2)).exp());
  return {mean, weight.matmul(of_z).matmul(weight.t()) + noise};
}

// With 500 draws the estimate of an example is within 5 of its own standard errors of what is
// exact.
TEST_F(CovariatesOfRuns, GivenThemABoundIsOneOnTheEvidence) {
  TrainedRun run = testing::finished_run(folder_, kGiven);
  EvaluationOptions options;
  options.importance.particles = 500;
  const Evaluation found = evaluate_run(run, options);
  const at::NoGradGuard no_grad;
  const Batch test = run.load_data()->batch("test", found.rows, /*epoch=*/0);
  ASSERT_EQ(test.covariates.sizes(), (Shape{40, 2}));
  for (std::size_t i = 0; i < found.examples.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto [mean, covariance] = moments_given(*run.modules.model, test.covariates[row]);
    const Tensor d = test.x[row] - mean;
    const double evidence = -0.5 * (d.dot(at::linalg_inv(covariance).matmul(d)) +
                                    at::logdet(covariance) + 4 * std::log(2 * M_PI))
                                       .item<double>();
    EXPECT_NEAR(found.examples[i].log_evidence,
                evidence,
                0.01 + 5 * std::sqrt(found.examples[i].log_evidence_variance));
    EXPECT_LT(found.examples[i].elbo,
              evidence + 5 * std::sqrt(found.examples[i].elbo_variance) + 1e-9);
  }
  EXPECT_LE(export_run(run, folder_.path() + "/export").largest_difference, 1e-9);
}

TEST_F(CovariatesOfRuns, OfDrawsAreTheirMeansOrThoseAskedFor) {
  TrainedRun run = testing::finished_run(folder_, kGiven, {"trainer.epochs=1"});
  SampleOptions options;
  options.use_mean = true;
  const Tensor as_usual = draw_samples(sampler_of(run), 9, options);
  options.covariates = {0, 0};
  EXPECT_TRUE(at::allclose(draw_samples(sampler_of(run), 9, options), as_usual, 1e-12, 1e-12));
  // The noise of a draw stays, and its mean moves as the parameters say.
  options.covariates = {1.5, -2};
  const at::NoGradGuard no_grad;
  const Tensor moved = draw_samples(sampler_of(run), 2000, options).mean(0);
  const auto [mean, covariance] =
      moments_given(*run.modules.model, at::tensor(options.covariates, at::kDouble));
  EXPECT_TRUE(((moved - mean).abs() < 5 * (covariance.diag() / 2000).sqrt()).all().item<bool>());
  EXPECT_FALSE(at::allclose(moved, as_usual.mean(0), 0.05, 0.05));
}

// By the model's own mean, within 5 standard errors of 4000 draws.
TEST_F(CovariatesOfRuns, OfARowWithoutNumbersSayWhatIsImputed) {
  TrainedRun run = testing::finished_run(folder_, kGiven, {"data.missing=0.1"});
  const at::NoGradGuard no_grad;
  Batch empty(at::zeros({2, 4}, at::kDouble), {0, 1});
  empty.seen = at::zeros({2, 4}, at::kBool);
  empty.covariates = at::tensor({2.0, -1.0, -2.0, 0.5}, at::kDouble).view({2, 2});
  ImputationOptions options;
  options.num_samples = 4000;
  const Imputation found = imputer_of(run).impute(empty, options);
  for (std::int64_t row = 0; row < 2; ++row) {
    const auto [mean, covariance] = moments_given(*run.modules.model, empty.covariates[row]);
    EXPECT_TRUE(((found.value[row] - mean).abs() < 5 * (covariance.diag() / 4000).sqrt())
                    .all()
                    .item<bool>());
  }
}

/// Two columns, which the report draws in the plane, of two kinds and any age; the last row is
/// empty.
TEST_F(CovariatesOfRuns, GoWithLabelsAndGaps) {
  std::string table = "a,age,b,kind\n";
  for (int i = 0; i < 60; ++i)
    table += std::to_string(i % 7) + "," + std::to_string(20 + i) + "," +
             (i % 5 == 0 ? "nan" : std::to_string(i % 3)) + "," + std::to_string(3 + i % 2) + "\n";
  const testing::TemporaryFolder data;
  std::ofstream(data.path() + "/t.csv") << table << "nan,50,nan,3\n";
  std::string config = kGiven;
  const std::size_t begin = config.find("data:"), end = config.find("model:");
  config.replace(begin,
                 end - begin,
                 "data: {type: table, path: " + data.path() +
                     "/t.csv, covariates: [age], label: kind, allow_nan: true}\n");
  const std::string old = "covariates], ", by = "covariates, label], ";
  for (std::size_t at = config.find(old); at != std::string::npos;
       at = config.find(old, at + by.size()))
    config.replace(at, old.size(), by);
  TrainedRun run = testing::finished_run(folder_, config, {"trainer.epochs=1"});
  SampleOptions options;
  EXPECT_EQ(draw_samples(sampler_of(run), 5, options).sizes(), (Shape{5, 2}));
  options.label = 1;
  EXPECT_EQ(draw_samples(sampler_of(run), 5, options).sizes(), (Shape{5, 2}));
  const Batch last = run.load_data()->batch("train", {60}, /*epoch=*/0);
  EXPECT_FALSE(last.seen.any().item<bool>());
  EXPECT_TRUE(imputer_of(run).impute(last, {}).value.isfinite().all().item<bool>());
  EXPECT_LE(export_run(run, folder_.path() + "/export").largest_difference, 1e-9);
}

TEST_F(CovariatesOfRuns, AreNamedByTheDataAndGivenToSomething) {
  const auto refused = [](const std::string& change) -> std::string {
    try {
      load_config_text(kGiven, "given.yaml", {change}, full_schema());
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(refused("data={type: table, path: t.csv}").find("name their columns"),
            std::string::npos);
  EXPECT_NE(refused("data.num_covariates=0").find("have none here"), std::string::npos);
  EXPECT_NE(refused("model.latents.z.given=[covariate]").find("(label, covariates, library_size)"),
            std::string::npos);
  try {
    load_config_text(
        "data: {type: table, path: t.csv, covariates: [age]}\n"
        "model: {likelihood: {type: normal}}\n",
        "plain.yaml",
        {},
        full_schema());
    FAIL() << "was accepted";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("is given no covariates"), std::string::npos);
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
