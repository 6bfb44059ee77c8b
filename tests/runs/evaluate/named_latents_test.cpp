// Several named latents from YAML, discrete ones beside continuous ones, held to evidence and bound
// that are computed here by going through the states.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "elbow/data/dataset/dataset.h"
#include "elbow/inference/estimators/enumerate.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/export/export_run.h"
#include "finished_run.h"
#include "inference/objectives/support.h"
#include "runs/evaluate/mixed_latents.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Bits and a class given them; the guide draws the class first.
const char* const kDiscrete = R"(
name: discrete
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_images, height: 2, width: 3, count: 100, validation_size: 20, test_size: 20, binarize: static}
model:
  latents:
    a: {size: 3, type: bernoulli}
    b: {size: 1, type: categorical, num_classes: 4, given: [a], network: {type: mlp, hidden_sizes: []}}
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: []}}
guide:
  latents:
    b: {given: [x], network: {type: mlp, hidden_sizes: []}}
    a: {given: [x, b], network: {type: mlp, hidden_sizes: []}}
estimator: {type: enumerate}
optimizer: {type: adam, learning_rate: 0.02}
trainer: {epochs: 3, batch_size: 20}
)";

using testing::kMixed;

class NamedLatents : public ::testing::Test {
 protected:
  const testing::TemporaryFolder folder_;
};

Tensor parameter(const Module& module, const std::string& name) {
  const auto all = module.named_parameters();
  const Tensor* found = all.find(name);
  if (found != nullptr) return *found;
  std::string known;
  for (const auto& item : all) known += item.key() + " ";
  throw std::logic_error("no parameter " + name + ", there are " + known);
}

/// The linear map that a network without hidden layers is.
Tensor linear(const Module& module, const std::string& network, const Tensor& input) {
  return input.matmul(parameter(module, network + ".output.weight").t()) +
         parameter(module, network + ".output.bias");
}

/// ln p(x) = ln sum_y p(y) N(x; W m_y + b, W S_y W' + s^2 I), [B].
Tensor evidence_of_mixture(const TrainedRun& run, const Tensor& x) {
  const GenerativeModel& model = *run.modules.model;
  const Tensor log_p = parameter(model, "y.parameters").log_softmax(-1);
  const Tensor numbers = linear(model, "z.network", at::eye(3, at::kDouble));
  const Tensor weight = parameter(model, "likelihood.network.output.weight"),
               bias = parameter(model, "likelihood.network.output.bias");
  const Tensor noise = (2 * parameter(model, "likelihood.log_scale")).exp();
  std::vector<Tensor> terms;
  for (std::int64_t y = 0; y < 3; ++y) {
    const Tensor mean = weight.matmul(numbers[y].narrow(0, 0, 2)) + bias;
    const Tensor variance = (2 * numbers[y].narrow(0, 2, 2)).exp();
    const Tensor covariance = weight.matmul(at::diag(variance)).matmul(weight.t()) +
                              noise * at::eye(x.size(1), x.options());
    const Tensor factor = at::linalg_cholesky(covariance);
    const Tensor white = at::linalg_solve_triangular(factor, (x - mean).t(), /*upper=*/false);
    terms.push_back(log_p[y] - 0.5 * white.square().sum(0) - factor.diagonal().log().sum() -
                    0.5 * static_cast<double>(x.size(1)) * std::log(2 * M_PI));
  }
  return at::stack(terms).logsumexp(0);
}

// With 500 draws the estimate of an example is within 5 of its own standard errors of what is
// exact.
TEST_F(NamedLatents, AClassAndAVectorComeToTheEvidence) {
  TrainedRun run = testing::finished_run(folder_, kMixed);
  EvaluationOptions options;
  options.importance.particles = 500;
  const Evaluation found = evaluate_run(run, options);
  const at::NoGradGuard no_grad;
  const Tensor x = run.load_data()->batch("test", found.rows, /*epoch=*/0).x;
  const Tensor exact = evidence_of_mixture(run, x);
  for (std::size_t i = 0; i < found.examples.size(); ++i) {
    const double evidence = exact[static_cast<std::int64_t>(i)].item<double>();
    EXPECT_NEAR(found.examples[i].log_evidence,
                evidence,
                0.01 + 5 * std::sqrt(found.examples[i].log_evidence_variance));
    EXPECT_LT(found.examples[i].elbo,
              evidence + 5 * std::sqrt(found.examples[i].elbo_variance) + 1e-9);
  }
  EXPECT_LT(exact.mean().item<double>() - found.summary.at("elbo").at("value").get<double>(), 1.0);
  EXPECT_EQ(found.summary.at("latents").at("y").at("units"), 3);
  EXPECT_EQ(found.summary.at("latents").at("z").at("units"), 2);
}

Surrogate enumerated(TrainedRun& run, const Batch& batch, const std::string& kl) {
  const auto objective = testing::make_objective("elbo", {{"kl", kl}});
  GeneratorSource source;
  Proposals proposals(*run.modules.model, *run.modules.guide, batch, {source});
  return Enumerate(4096).estimate(*objective, proposals);
}

/// sum_y q(y | x) [...] with the vector drawn for each class and its KL in closed form, against the
/// average of draws of both: 400 times 20 draws of 40 examples, 5 standard errors of their mean.
TEST_F(NamedLatents, ListedClassesAndDrawsHaveTheSameBound) {
  TrainedRun run = testing::finished_run(folder_, kMixed, {"trainer.epochs=2"});
  const at::NoGradGuard no_grad;
  const Batch batch = run.load_data()->batch("test", row_range(0, 40), /*epoch=*/0);
  GeneratorSource source;
  std::vector<Tensor> listed, drawn;
  for (int i = 0; i < 400; ++i) {
    listed.push_back(enumerated(run, batch, "auto").terms.bound.mean());
    const Trace guide = run.modules.guide->condition(batch)->draw(20, source, DrawGradient::none);
    const Trace model = run.modules.model->score(batch, guide, {source});
    drawn.push_back((model.log_prob() - guide.log_prob()).mean());
  }
  const Tensor a = at::stack(listed), b = at::stack(drawn);
  const double error = std::sqrt((a.var() + b.var()).item<double>() / 400);
  EXPECT_NEAR(a.mean().item<double>(), b.mean().item<double>(), 5 * error);
  // Three scores each: 20 draws have the noise of 3 times 3 / 20.
  EXPECT_LT(a.var().item<double>(), b.var().item<double>() * 20 / 3);
}

/// The bound of kDiscrete, [B], state by state.
struct States {
  Tensor log_p, log_q;  ///< [32, B]
};

States every_state(const TrainedRun& run, const Tensor& x) {
  const GenerativeModel& model = *run.modules.model;
  const Guide& guide = *run.modules.guide;
  const auto bernoulli = [](const Tensor& logits, const Tensor& bits) {
    return (bits * logits.sigmoid().log() + (1 - bits) * (-logits).sigmoid().log()).sum(-1);
  };
  const Tensor logits_b = linear(guide, "b.network", x).log_softmax(-1);
  std::vector<Tensor> p, q;
  for (int code = 0; code < 8; ++code)
    for (std::int64_t b = 0; b < 4; ++b) {
      const Tensor bits =
          at::tensor({double(code & 1), double(code >> 1 & 1), double(code >> 2)}, at::kDouble);
      const Tensor hot = at::eye(4, at::kDouble)[b];
      const Tensor both = at::cat({bits, hot});
      p.push_back(bernoulli(parameter(model, "a.parameters"), bits) +
                  linear(model, "b.network", bits).log_softmax(-1)[b] +
                  bernoulli(linear(model, "likelihood.network", both), x));
      const Tensor input = at::cat({x, hot.expand({x.size(0), 4})}, -1);
      q.push_back(logits_b.select(1, b) + bernoulli(linear(guide, "a.network", input), bits));
    }
  return {at::stack(p), at::stack(q)};
}

TEST_F(NamedLatents, DiscreteOnesComeToTheSumOverStates) {
  TrainedRun run = testing::finished_run(folder_, kDiscrete);
  const Batch batch = run.load_data()->batch("test", row_range(0, 20), /*epoch=*/0);
  const States states = every_state(run, batch.x.flatten(1));
  const Tensor exact = (states.log_q.exp() * (states.log_p - states.log_q)).sum(0);
  const Surrogate found = enumerated(run, batch, "monte_carlo");
  EXPECT_TRUE(at::allclose(found.terms.bound, exact, 1e-10, 1e-10))
      << (found.terms.bound - exact).abs().max();
  EXPECT_TRUE(states.log_p.logsumexp(0).ge(exact).all().item<bool>());
  EXPECT_TRUE(at::allclose(states.log_q.logsumexp(0), at::zeros({20}, at::kDouble), 0, 1e-12));

  std::vector<Tensor> leaves = run.modules.model->parameters();
  for (const Tensor& leaf : run.modules.guide->parameters()) leaves.push_back(leaf);
  const auto gradients = [&leaves](const Tensor& loss) {
    std::vector<Tensor> out;
    loss.backward();
    for (const Tensor& leaf : leaves) {
      out.push_back(leaf.grad().clone());
      leaf.mutable_grad().reset();
    }
    return out;
  };
  const auto ours = gradients(found.loss), theirs = gradients(-exact.mean());
  for (std::size_t i = 0; i < leaves.size(); ++i)
    EXPECT_TRUE(at::allclose(ours[i], theirs[i], 1e-9, 1e-10)) << ours[i] << theirs[i];
}

TEST_F(NamedLatents, AreEncodedDrawnAndExported) {
  for (const char* const text : {kMixed, kDiscrete}) {
    const testing::TemporaryFolder folder;
    TrainedRun run = testing::finished_run(folder, text, {"trainer.epochs=1"});
    const at::NoGradGuard no_grad;
    const Batch batch = run.load_data()->batch("test", row_range(0, 8), /*epoch=*/0);
    EXPECT_GE(encoder_of(run).encode(batch).size(), 2u);
    EXPECT_EQ(draw_samples(sampler_of(run), 5, SampleOptions{}).size(0), 5);
    EXPECT_LE(export_run(run, folder.path() + "/export").largest_difference, 1e-9);
  }
}

/// The prior of z is then a mixture of its posteriors at learned inputs, written down here.
TEST_F(NamedLatents, APriorIsMadeOfTheGuidesPosteriorOfItsLatent) {
  TrainedRun run =
      testing::finished_run(folder_,
                            kMixed,
                            {"model.latents.z={size: 2, type: vamp, num_pseudo_inputs: 7}",
                             "guide.latents.z={given: [x], type: full_rank_normal, network: {type: "
                             "mlp, hidden_sizes: []}}",
                             "trainer.epochs=2"});
  const at::NoGradGuard no_grad;
  Guide& guide = *run.modules.guide;
  const auto q_at = [&guide](const Tensor& x) {
    return guide.condition({x})->distribution("z", {});
  };
  const Batch batch = run.load_data()->batch("test", row_range(0, 9), /*epoch=*/0);
  GeneratorSource source;
  const Trace drawn = guide.condition(batch)->draw(3, source, DrawGradient::none);
  const Tensor log_p = run.modules.model->score(batch, drawn, {source}).at("z").log_prob();
  const Tensor inputs = parameter(*run.modules.model, "z.pseudo_inputs");
  const Tensor each = q_at(inputs)->log_prob(drawn.at("z").value().unsqueeze(2));
  EXPECT_TRUE(at::allclose(log_p, each.logsumexp(-1) - std::log(7.0), 1e-10, 1e-10));
  EXPECT_EQ(draw_samples(sampler_of(run), 5, SampleOptions{}).size(0), 5);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
