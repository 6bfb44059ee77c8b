// Labels as a latent that some examples know, and as a condition of all of them.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/inference/estimators/enumerate.h"
#include "elbow/inference/methods/value_checks.h"
#include "elbow/models/generative/conditions.h"
#include "elbow/probability/distributions/one_hot_categorical.h"
#include "elbow/probability/distributions/partly_known.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/export/export_run.h"
#include "finished_run.h"
#include "inference/objectives/support.h"
#include "linear_network.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::linear;

using ::testing::HasSubstr;

/// A class that a few examples know, and the data given it.
const char* const kKnown = R"(
name: known
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_images, height: 8, width: 8, count: 200, validation_size: 20, test_size: 60, binarize: static, num_classes: 3, labelled: 30}
model:
  latents:
    y: {size: 1, type: categorical, num_classes: 3, observed: label}
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: []}}
guide:
  latents:
    y: {given: [x], network: {type: mlp, hidden_sizes: []}}
  label_weight: 2.5
estimator: {type: enumerate}
optimizer: {type: adam, learning_rate: 0.05}
trainer: {epochs: 12, batch_size: 20}
)";

/// Prior, encoder and decoder given the label: linear-Gaussian for each class.
const char* const kGiven = R"(
name: given
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_images, height: 2, width: 2, count: 200, validation_size: 20, test_size: 40, num_classes: 3}
model:
  latents:
    z: {size: 2, given: [label], type: diag_normal, network: {type: mlp, hidden_sizes: []}}
  likelihood: {type: normal, given: [z, label], scale: shared, network: {type: mlp, hidden_sizes: []}}
guide:
  latents:
    z: {given: [x, label], type: full_rank_normal, network: {type: mlp, hidden_sizes: []}}
optimizer: {type: adam, learning_rate: 0.02}
trainer: {epochs: 15, batch_size: 20}
)";

class LabelsOfRuns : public ::testing::Test {
 protected:
  const testing::TemporaryFolder folder_;
};

Tensor parameter(const Module& module, const std::string& name) {
  return module.named_parameters()[name];
}

TEST(PartlyKnown, IsAPointWhereItIsKnownAndTheBaseElsewhere) {
  const Tensor logits = at::tensor({0.3, -1.0, 0.5, 2.0, 0.0, 0.1}, at::kDouble).view({2, 1, 3});
  const auto base = std::make_shared<OneHotCategorical>(logits);
  const Tensor known = at::eye(3, at::kDouble).narrow(0, 1, 2);
  const PartlyKnown q(base, known, at::tensor({1, 0}).to(at::kBool));
  const Tensor values = at::eye(3, at::kDouble).unsqueeze(1).expand({3, 2, 3});
  const Tensor log_q = q.log_prob(values);
  EXPECT_EQ(log_q[1][0].item<double>(), 0);
  EXPECT_EQ(log_q[0][0].item<double>(), -INFINITY);
  EXPECT_TRUE(at::equal(log_q.select(1, 1), base->log_prob(values).select(1, 1)));
  EXPECT_TRUE(at::equal(q.mean()[0], known[0]));
  EXPECT_TRUE(at::equal(q.mean()[1], base->mean()[1]));
  EXPECT_EQ(q.entropy()[0].item<double>(), 0);
  GeneratorSource source;
  EXPECT_TRUE(at::equal(q.sample({50}, source).select(1, 0), known[0].expand({50, 3})));
  EXPECT_EQ(q.log_prob_of_known()[1].item<double>(), 0);
  EXPECT_EQ(q.log_prob_of_known()[0].item<double>(), base->log_prob(known)[0].item<double>());
}

// Kingma et al. (2014), equations 6, 7 and 9, written down here from the parameters.
TEST_F(LabelsOfRuns, AreSummedOutWhereTheyAreNotKnown) {
  TrainedRun run = testing::finished_run(folder_, kKnown);
  GenerativeModel& model = *run.modules.model;
  Guide& guide = *run.modules.guide;
  const Batch batch = run.load_data()->batch("train", row_range(0, 60), /*epoch=*/0);
  const Tensor x = batch.x.flatten(1), hot = at::eye(3, at::kDouble);
  std::vector<Tensor> joint;
  for (std::int64_t y = 0; y < 3; ++y) {
    const Tensor logits = linear(model, "likelihood.network", hot[y]);
    joint.push_back(parameter(model, "y.parameters").log_softmax(-1)[y] +
                    (x * logits - at::softplus(logits)).sum(-1));
  }
  const Tensor log_p = at::stack(joint, -1), log_q = linear(guide, "y.network", x).log_softmax(-1);
  const Tensor is_known = batch.labels >= 0, index = batch.labels.clamp_min(0).unsqueeze(-1);
  ASSERT_GT(is_known.sum().item<std::int64_t>(), 3);
  const Tensor exact = at::where(
      is_known, log_p.gather(-1, index).squeeze(-1), (log_q.exp() * (log_p - log_q)).sum(-1));
  const Tensor gain = 2.5 * (log_q.gather(-1, index).squeeze(-1) * is_known.to(at::kDouble)).mean();

  const auto objective = testing::make_objective("elbo", Json::object());
  GeneratorSource source;
  model.train();
  guide.train();
  Proposals proposals(model, guide, batch, {source});
  const Surrogate found = Enumerate(100).estimate(*objective, proposals);
  EXPECT_TRUE(at::allclose(found.terms.bound, exact, 1e-10, 1e-10));
  EXPECT_NEAR(proposals.supervision().second.item<double>(), gain.item<double>(), 1e-12);

  std::vector<Tensor> leaves = model.parameters();
  for (const Tensor& leaf : guide.parameters()) leaves.push_back(leaf);
  const auto gradients = [&leaves](const Tensor& loss) {
    std::vector<Tensor> out;
    loss.backward();
    for (const Tensor& leaf : leaves) {
      out.push_back(leaf.grad().clone());
      leaf.mutable_grad().reset();
    }
    return out;
  };
  const auto ours = gradients(found.loss - proposals.supervision().second),
             theirs = gradients(-exact.mean() - gain);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    EXPECT_TRUE(at::allclose(ours[i], theirs[i], 1e-9, 1e-10));

  // In evaluation a label is what is asked for: the bound is one on ln p(x).
  model.eval();
  guide.eval();
  Proposals asked(model, guide, batch, {source});
  const Tensor hidden = Enumerate(100).estimate(*objective, asked).terms.bound;
  EXPECT_TRUE(at::allclose(hidden, (log_q.exp() * (log_p - log_q)).sum(-1), 1e-10, 1e-10));
}

TEST_F(LabelsOfRuns, TheirPosteriorClassifies) {
  TrainedRun run = testing::finished_run(folder_, kKnown);
  const Evaluation found = evaluate_run(run, {});
  const Batch test = run.load_data()->batch("test", found.rows, /*epoch=*/0);
  const at::NoGradGuard no_grad;
  const Tensor guess = linear(*run.modules.guide, "y.network", test.x.flatten(1)).argmax(-1);
  const double hits = (guess == test.labels).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(found.summary.at("accuracy").at("value").get<double>(), hits, 1e-12);
  EXPECT_GT(hits, 0.6) << "of three classes";
}

/// ln p(x | label) = ln N(x; W m_c + b_c, W S_c W' + s^2 I), [B].
Tensor evidence_given(const TrainedRun& run, const Tensor& x, const Tensor& labels) {
  const GenerativeModel& model = *run.modules.model;
  const Tensor numbers = linear(model, "z.network", at::eye(3, at::kDouble));
  const Tensor all = parameter(model, "likelihood.network.output.weight"),
               weight = all.narrow(1, 0, 2), of_class = all.narrow(1, 2, 3);
  const Tensor noise = (2 * parameter(model, "likelihood.log_scale")).exp();
  std::vector<Tensor> out;
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    const auto c = labels[i].item<std::int64_t>();
    const Tensor mean = weight.matmul(numbers[c].narrow(0, 0, 2)) + of_class.select(1, c) +
                        parameter(model, "likelihood.network.output.bias");
    const Tensor covariance =
        weight.matmul(at::diag((2 * numbers[c].narrow(0, 2, 2)).exp())).matmul(weight.t()) +
        noise * at::eye(x.size(1), x.options());
    const Tensor d = x[i] - mean;
    out.push_back(-0.5 * (d.dot(at::linalg_inv(covariance).matmul(d)) + at::logdet(covariance) +
                          static_cast<double>(x.size(1)) * std::log(2 * M_PI)));
  }
  return at::stack(out);
}

// With 500 draws the estimate of an example is within 5 of its own standard errors of what is
// exact.
TEST_F(LabelsOfRuns, GivenThemABoundIsOneOnTheEvidenceOfTheirClass) {
  TrainedRun run = testing::finished_run(folder_, kGiven);
  EvaluationOptions options;
  options.importance.particles = 500;
  const Evaluation found = evaluate_run(run, options);
  const at::NoGradGuard no_grad;
  const Batch test = run.load_data()->batch("test", found.rows, /*epoch=*/0);
  const Tensor exact = evidence_given(run, test.x.flatten(1), test.labels);
  for (std::size_t i = 0; i < found.examples.size(); ++i) {
    const double evidence = exact[static_cast<std::int64_t>(i)].item<double>();
    EXPECT_NEAR(found.examples[i].log_evidence,
                evidence,
                0.01 + 5 * std::sqrt(found.examples[i].log_evidence_variance));
    EXPECT_LT(found.examples[i].elbo,
              evidence + 5 * std::sqrt(found.examples[i].elbo_variance) + 1e-9);
  }
  EXPECT_LE(export_run(run, folder_.path() + "/export").largest_difference, 1e-9);
}

TEST_F(LabelsOfRuns, DrawsAreOfTheClassAskedForElseOfEachInTurn) {
  TrainedRun run = testing::finished_run(folder_, kGiven, {"trainer.epochs=1"});
  SampleOptions options;
  options.use_mean = true;
  const Tensor in_turn = draw_samples(sampler_of(run), 7, options);
  options.label = 1;
  const Tensor ones = draw_samples(sampler_of(run), 7, options);
  for (std::int64_t i = 0; i < 7; ++i) EXPECT_EQ(at::equal(in_turn[i], ones[i]), i % 3 == 1) << i;
}

TEST_F(LabelsOfRuns, OfAllExamplesAreNeededWhereTheyAreGiven) {
  try {
    testing::finished_run(folder_, kGiven, {"data.labelled=30"});
    FAIL() << "was accepted";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("found 170 of 200 without one"));
  }
}

TEST_F(LabelsOfRuns, OfOtherClassesThanTheLatentsAreRefused) {
  try {
    testing::finished_run(folder_, kKnown, {"model.latents.y.num_classes=4"});
    FAIL() << "was accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the data have 3 classes, but the latent 'y' has 4"));
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
