// Data with gaps: the bound is over what was observed, and what is missing is drawn from its exact
// conditional where the posterior is exact.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/data/sources/linear_gaussian.h"
#include "elbow/inference/guides/conditioned_distribution.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/imputer.h"
#include "elbow/runs/evaluate/linear_gaussian.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "runs/evaluate/finished_run.h"
#include "support/linear_gaussian.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using testing::LinearGaussian;
using testing::TemporaryFolder;

constexpr std::int64_t kColumns = 8, kUnits = 2;

constexpr char kConfig[] = R"(
name: gaps
dtype: float64
device: cpu
threads: 1
data: {type: synthetic_linear_gaussian, data_size: 8, latent_size: 2, train_size: 300, validation_size: 0, test_size: 540}
model: {latent_size: 2, likelihood: {type: normal, scale: shared, network: {type: mlp, hidden_sizes: []}}}
guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}}
optimizer: {type: adam, learning_rate: 0.01}
trainer: {epochs: 2, batch_size: 50}
)";

std::shared_ptr<Dataset> data_of(const std::vector<std::string>& overrides) {
  const auto config = load_config_text(kConfig, "gaps.yaml", overrides, full_schema());
  return load_dataset(ConfigNode(config.value), /*use_stand_in=*/false, at::kCPU);
}

/// The model that the data were drawn from.
LinearGaussian truth_of(const Dataset& dataset) {
  const Json& info = dataset.raw().info;
  std::vector<Tensor> rows;
  for (const Json& row : info.at("weight"))
    rows.push_back(at::tensor(row.get<std::vector<double>>(), at::kDouble));
  return {at::stack(rows),
          at::tensor(info.at("bias").get<std::vector<double>>(), at::kDouble),
          info.at("noise_scale").get<double>()};
}

/// p(z | what was seen) of each example.
class ExactGuide : public Guide {
 public:
  explicit ExactGuide(const LinearGaussian& truth)
      : exact_(truth.weight, truth.bias, truth.sigma * truth.sigma) {}
  ConditionedGuidePtr condition(const Batch& batch) override {
    std::vector<Tensor> mean, factor;
    for (std::int64_t b = 0; b < batch.size(); ++b) {
      const Tensor columns = batch.seen[b].nonzero().squeeze(1);
      const Tensor x = batch.x.narrow(0, b, 1).index_select(1, columns);
      const DistributionPtr q = exact_.of_columns(columns).given(x);
      mean.push_back(q->mean()[0]);
      for (const auto& [name, value] : q->parameters())
        if (name == "scale_tril") factor.push_back(value);
    }
    return std::make_shared<ConditionedDistribution>(
        SiteSpec{"z", {kUnits}},
        std::make_shared<FullRankNormal>(at::stack(mean), at::stack(factor)),
        batch.size());
  }

 private:
  LinearGaussianPosterior exact_;
};

// With the exact posterior every importance weight is the evidence of what was seen, which the data
// set knows by another formula.
TEST(Gaps, TheBoundAtTheExactPosteriorIsTheEvidenceOfWhatWasSeen) {
  const auto dataset = data_of({"++data.missing=0.6"});
  const LinearGaussian truth = truth_of(*dataset);
  testing::LinearGaussianPair pair(truth);
  ExactGuide guide(truth);
  const auto rows = row_range(0, 200);
  ImportanceOptions options;
  options.particles = 3;
  const auto found = importance_estimates(*pair.model, guide, *dataset, "test", rows, options);
  const std::vector<double> evidence = data::log_evidence(dataset->raw(), "test");
  const Tensor seen = dataset->batch("test", rows, 0).seen;
  EXPECT_TRUE(seen.any(1).logical_not().any().item<bool>()) << "one row has nothing observed";
  double above = 0, variance = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NEAR(found[i].log_evidence, evidence[i], 1e-9) << i;
    above += found[i].elbo - evidence[i];
    variance += found[i].elbo_variance;
    if (!seen[static_cast<std::int64_t>(i)].any().item<bool>()) {
      EXPECT_NEAR(found[i].elbo, 0, 1e-12) << i;
    }
  }
  EXPECT_LT(std::abs(above), 5 * std::sqrt(variance)) << "the ELBO takes the KL in closed form";
}

/// What an imputation is held against, over all hidden cells of the test rows.
struct Agreement {
  double cells = 0, covered = 0, largest_error = 0, wrong_spread = 0;
};

Agreement agreement(const std::vector<std::string>& missing, std::int64_t samples, double mass) {
  const auto dataset = data_of(missing), complete = data_of({});
  const LinearGaussian truth = truth_of(*dataset);
  testing::LinearGaussianPair pair(truth);
  const LinearGaussianPosterior exact(truth.weight, truth.bias, truth.sigma * truth.sigma);
  ImputationOptions options;
  options.num_samples = samples;
  options.mass = mass;
  // The capability of a latent model, with its own guide.
  const FittedModelPtr fit =
      fitted_model(ConfigNode(load_config_text(kConfig, "gaps.yaml", {}, full_schema()).value),
                   Modules{pair.model, std::make_shared<ExactGuide>(truth)});
  const auto rows = row_range(0, dataset->size("test"));
  const Batch batch = dataset->batch("test", rows, 0);
  const Tensor x = complete->batch("test", rows, 0).x, hidden = batch.seen.logical_not();
  const Imputation found = fit->imputer()->impute(batch, options);
  Agreement out;
  out.cells = hidden.sum().item<double>();
  const Tensor inside = (found.lower <= x) & (x <= found.upper);
  out.covered = (inside & hidden).sum().item<double>() / out.cells;
  for (std::int64_t b = 0; b < batch.size(); ++b) {
    const Tensor columns = batch.seen[b].nonzero().squeeze(1);
    const DistributionPtr z =
        exact.of_columns(columns).given(batch.x.narrow(0, b, 1).index_select(1, columns));
    const Tensor mean = truth.weight.mv(z->mean()[0]) + truth.bias;
    Tensor factor;
    for (const auto& [name, value] : z->parameters())
      if (name == "scale_tril") factor = value;
    const Tensor of_latents = truth.weight.mm(factor).square().sum(1);
    const Tensor error = (of_latents / static_cast<double>(samples)).sqrt();
    const Tensor errors = ((found.value[b] - mean) / error).abs().masked_fill(batch.seen[b], 0.0);
    out.largest_error = std::max(out.largest_error, errors.max().item<double>());
    const Tensor spread = (of_latents + truth.sigma * truth.sigma).sqrt();
    const Tensor ratio =
        (found.standard_deviation[b] / spread - 1).abs().masked_fill(batch.seen[b], 0.0);
    out.wrong_spread = std::max(out.wrong_spread, ratio.max().item<double>());
  }
  return out;
}

// 2,160 cells or so: a mean that lies 5.5 of its Monte-Carlo errors off comes once in 10,000
// such tests; the coverage of 90 % has a standard error of 0.6 %.
TEST(Gaps, MeansAndIntervalsAreThoseOfTheExactConditional) {
  const Agreement found = agreement({"++data.missing=0.5"}, 300, 0.9);
  EXPECT_GT(found.cells, 2000);
  EXPECT_GT(found.covered, 0.87);
  EXPECT_LT(found.covered, 0.93);
  EXPECT_LT(found.largest_error, 5.5);
  EXPECT_LT(found.wrong_spread, 0.25);
}

// eval's own check: the ELBO of draws against the exact one over what was seen.
TEST(Gaps, TheBoundOfAnEncoderLiesBelowTheEvidenceOfWhatWasSeen) {
  const TemporaryFolder folder;
  TrainedRun run = testing::finished_run(
      folder, kConfig, {"++data.missing=0.3", "data.test_size=20", "trainer.epochs=10"});
  EvaluationOptions options;
  options.importance.particles = 200;
  const Json found = evaluate_run(run, options).summary;
  const Json& evidence = found.at("evidence");
  EXPECT_LT(std::abs(evidence.at("errors_apart").get<double>()), 6);
  EXPECT_GT(evidence.at("kl_to_posterior").get<double>(), 0);
  EXPECT_LT(found.at("elbo").at("value").get<double>(), evidence.at("log_evidence").get<double>());
  options.importance.refinement.steps = 10;
  options.importance.refinement.learning_rate = 0.05;
  const Json refined = evaluate_run(run, options).summary.at("evidence");
  EXPECT_LT(std::abs(refined.at("errors_apart").get<double>()), 6);
  EXPECT_LT(refined.at("kl_to_posterior").get<double>(),
            evidence.at("kl_to_posterior").get<double>());
}

// With allow_nan a complete table leaves the encoder, and so all bytes, as they were.
TEST(Gaps, OnlyDataWithGapsHaveAMaskAmongTheEncodersInputs) {
  const TemporaryFolder folder;
  std::string rows = "a,b,c\n";
  for (int i = 0; i < 30; ++i) rows += std::to_string(i % 7) + "," + std::to_string(i % 5) + ",1\n";
  io::write_file(folder.path() + "/whole.csv", rows);
  io::write_file(folder.path() + "/gaps.csv", rows + "1,nan,1\n");
  const auto inputs_of = [&](const std::string& file) {
    testing::TinyRun tiny(
        folder.path() + "/" + file + ".run",
        {"++data={type: table, allow_nan: true, path: '" + folder.path() + "/" + file + "'}",
         "++model.prior={type: vamp, num_pseudo_inputs: 3}"},
        kConfig);
    tiny.trainer().fit();
    const Batch batch = tiny.experiment().dataset->batch("train", {0}, 0);
    EXPECT_EQ(batch.seen.defined(), file == "gaps.csv");
    return encoder_input(batch).size(1);
  };
  EXPECT_EQ(inputs_of("whole.csv"), 3);
  EXPECT_EQ(inputs_of("gaps.csv"), 6);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
