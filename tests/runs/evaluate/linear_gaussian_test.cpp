// log p(x) = ELBO + KL(q || posterior) of a model whose evidence is known, for guides of every
// kind.
#include "elbow/runs/evaluate/linear_gaussian.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/neural/conditional/posterior.h"
#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/probability/distributions/covariance.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/low_rank_normal.h"
#include "elbow/probability/distributions/mixture_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/student_t.h"
#include "elbow/probability/transforms/affine.h"
#include "support/resolved_node.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::TemporaryFolder;
using testing::TinyRun;

constexpr std::int64_t kUnits = 2;

Tensor numbers(std::initializer_list<double> values, at::IntArrayRef shape) {
  return at::tensor(std::vector<double>(values), at::kDouble).view(shape);
}

/// Columns that are not orthogonal: the exact posterior is correlated.
const Tensor kWeight = numbers({1.2, 0.4, -0.3, 0.9, 0.7, 0.8}, {3, 2});
const Tensor kBias = numbers({0.5, -0.2, 0.1}, {3});
constexpr double kVariance = 0.49;
const Tensor kData = numbers({1.5, 0.3, 1.1, -0.4, -1.0, 0.6}, {2, 3});

/// log p(x, z) by the definition of the model. @param z [N, B, 2] @return [N, B]
Tensor log_joint(const Tensor& z) {
  const Tensor error = kData - kBias - z.matmul(kWeight.t());
  const Tensor likelihood = -(error.square().sum(-1) / kVariance + 3 * std::log(kVariance)) / 2;
  return likelihood - z.square().sum(-1) / 2 - 5 * kHalfLog2Pi;
}

/// The plane as a product of two lines centre +- e^t, where a kink at the centre and heavy tails do
/// no harm, and its weights: [N, B, 2] and [N, 1].
std::pair<Tensor, Tensor> plane_around(const Tensor& centre) {
  const double step = 0.1;
  const Tensor distance = at::arange(-25.0, 16.0, step, at::TensorOptions(at::kDouble)).exp();
  const Tensor line = at::cat({-distance, distance}), weight = at::cat({distance, distance}) * step;
  const Tensor points = at::cartesian_prod({line, line}),
               weights = at::cartesian_prod({weight, weight});
  return {points.unsqueeze(1) + centre, weights.prod(-1).unsqueeze(1)};
}

/// E_q[log p(x, z) - log q(z)] by quadrature: [B].
Tensor elbo_by_quadrature(const Distribution& q) {
  const auto [z, weights] = plane_around(q.location());
  const Tensor log_q = q.log_prob(z);
  // Where q underflows nothing is lost: q log q is 0.
  return (weights * log_q.exp() * (log_joint(z) - log_q).nan_to_num(0, 0, 0)).sum(0);
}

LinearGaussianPosterior known_model() { return {kWeight, kBias, kVariance}; }

/// A member of a posterior's family for two examples, its parameters away from the start; those
/// of Student's t a little, so that it keeps about 5 degrees of freedom.
DistributionPtr member(const std::string& family) {
  const auto node = ConfigNode(testing::resolved(info_in(posterior_factory(), family)));
  const FamilyPtr made = posterior_factory().create(node, BuildContext{{kUnits}});
  const double distance = family == "student_t" ? 0.1 : 0.4;
  at::manual_seed(8);
  const Tensor start = made->initial().to(at::kDouble);
  return made->distribution(start + distance * at::randn({2, made->num_parameters()}, at::kDouble));
}

TEST(LinearGaussianPosterior, EvidenceIsTheIntegralOfTheJoint) {
  const auto [z, weights] = plane_around(at::zeros({2, 2}, at::kDouble));
  const Tensor evidence = (weights * log_joint(z).exp()).sum(0).log();
  EXPECT_LT((known_model().log_evidence(kData) - evidence).abs().max().item<double>(), 1e-9);
  const Tensor at_point = z.narrow(0, 70000, 5);
  const Tensor by_bayes = log_joint(at_point) - evidence;
  EXPECT_LT((known_model().given(kData)->log_prob(at_point) - by_bayes).abs().max().item<double>(),
            1e-8);
}

// The right value by quadrature. A diagonal normal of the same mean and variance, which is what was
// printed for every family once, has another.
TEST(LinearGaussianPosterior, ClosedFormsAreTheQuadraturesOfEachFamily) {
  const auto exact = known_model();
  for (const char* family :
       {"diag_normal", "full_rank_normal", "low_rank_normal", "laplace", "logistic", "student_t"}) {
    const auto q = member(family);
    const PosteriorDivergence found = exact.divergence(*q, kData, {{0, 1}});
    EXPECT_FALSE(found.variance.defined()) << family;
    const Tensor elbo = exact.log_evidence(kData) - found.kl, right = elbo_by_quadrature(*q);
    EXPECT_LT((elbo - right).abs().max().item<double>(), 2e-7) << family << elbo << right;
    if (std::string(family) == "diag_normal") continue;
    const DiagNormal same_moments(q->mean(), q->variance().log() / 2);
    const Tensor other =
        exact.log_evidence(kData) - exact.divergence(same_moments, kData, {{0, 1}}).kl;
    EXPECT_GT((other - right).abs().min().item<double>(), 1e-4) << family;
  }
}

// Five stated errors: a false alarm in one of 600,000 for each example, and the seed is fixed.
TEST(LinearGaussianPosterior, DrawsOfOtherFamiliesAreWithinTheirStatedError) {
  const auto exact = known_model();
  const auto flow = std::make_shared<TransformedDistribution>(
      member("laplace"),
      std::make_shared<Affine>(numbers({0.2, -0.1}, {2}), numbers({-0.3, 0.2}, {2})));
  for (const DistributionPtr& q : std::vector<DistributionPtr>{member("mixture_normal"), flow}) {
    const PosteriorDivergence found = exact.divergence(*q, kData, {{0, 1}, 20000, 3});
    const Tensor error = found.variance.sqrt();
    const Tensor distance = exact.log_evidence(kData) - found.kl - elbo_by_quadrature(*q);
    EXPECT_TRUE((distance.abs() <= 5 * error).all().item<bool>()) << distance << error;
    EXPECT_LT(error.max().item<double>(), 0.2);
    const PosteriorDivergence one = exact.divergence(*q, kData, {{0, 1}, 1, 3});
    EXPECT_TRUE(one.variance.isnan().all().item<bool>()) << "one draw has no error";
  }
}

// The exact posterior is at distance 0, by both routes.
TEST(LinearGaussianPosterior, HasNoDistanceFromItself) {
  const auto exact = known_model();
  const auto q = exact.given(kData);
  EXPECT_LT(exact.divergence(*q, kData, {{0, 1}}).kl.abs().max().item<double>(), 1e-12);
  const TransformedDistribution same(
      q, std::make_shared<Affine>(at::zeros({2}, at::kDouble), at::zeros({2}, at::kDouble)));
  const PosteriorDivergence found = exact.divergence(same, kData, {{0, 1}});
  EXPECT_LT(found.kl.abs().max().item<double>(), 1e-12);
}

DistributionPtr student_t(const Tensor& df) {
  const Tensor zeros = at::zeros({2, kUnits}, at::kDouble);
  const Tensor log_df = df.log().unsqueeze(1).expand({2, kUnits});
  return std::make_shared<Independent>(std::make_shared<StudentT>(log_df, zeros, zeros), 1);
}

// E_q[z^2] is infinite up to 2 degrees of freedom, and so is the KL; under a flow, draws have an
// error from above 4 on only.
TEST(LinearGaussianPosterior, TailsThatAreTooHeavyHaveNoNumber) {
  const auto exact = known_model();
  for (const double df : {0.7, 1.0, 1.5, 2.0}) {
    const Tensor kl = exact.divergence(*student_t(numbers({df, 3.0}, {2})), kData, {{0, 1}}).kl;
    EXPECT_EQ(kl[0].item<double>(), INFINITY) << df;
    EXPECT_TRUE(std::isfinite(kl[1].item<double>())) << df;
  }
  const TransformedDistribution flow(
      student_t(numbers({3.0, 4.5}, {2})),
      std::make_shared<Affine>(at::zeros({2}, at::kDouble), at::zeros({2}, at::kDouble)));
  const Tensor kl = exact.divergence(flow, kData, {{0, 1}}).kl;
  EXPECT_TRUE(std::isnan(kl[0].item<double>()) && std::isfinite(kl[1].item<double>()));
}

constexpr char kRun[] = R"(
name: linear
dtype: float64
device: cpu
threads: 1
data: {type: synthetic_linear_gaussian, data_size: 6, latent_size: 2, train_size: 200, validation_size: 20, test_size: 50}
model: {latent_size: 2, likelihood: {type: normal, scale: shared, network: {type: mlp, hidden_sizes: []}}}
guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: []}}}
optimizer: {type: adam, learning_rate: 0.01}
trainer: {epochs: 2, batch_size: 20}
)";

TrainedRun trained(const TemporaryFolder& folder, const std::vector<std::string>& guide) {
  TinyRun tiny(folder.path(), guide, kRun);
  io::write_file(folder.path() + "/config.yaml",
                 dump_config(load_config_text(kRun, "run.yaml", guide, full_schema())));
  tiny.trainer().fit();
  return load_run(folder.path(), {});
}

EvaluationOptions with_particles(std::int64_t particles) {
  EvaluationOptions out;
  out.importance.particles = particles;
  return out;
}

/// The encoder's last bias: where all numbers of the posterior begin.
Tensor bias_of(TrainedRun& run) {
  for (const auto& item : run.modules.guide->named_parameters())
    if (item.key().find("bias") != std::string::npos) return item.value().detach();
  throw std::logic_error("no bias");
}

const std::vector<std::vector<std::string>>& guides() {
  static const std::vector<std::vector<std::string>> kGuides{
      {"++guide.posterior={type: full_rank_normal, network: {type: mlp, hidden_sizes: []}}"},
      {"++guide.posterior={type: laplace, network: {type: mlp, hidden_sizes: []}}"},
      {"++guide.posterior={type: mixture_normal, network: {type: mlp, hidden_sizes: []}}"},
      {"++guide.flows=[{type: planar, count: 2, amortized: true}]"}};
  return kGuides;
}

// Held against the ELBO of the evaluation, which scores draws by the model's own densities. Six
// errors: a false alarm in one of 5e8. What was printed before for these guides lies outside, and
// the check is no identity: it sees a guide that is not the one that was evaluated.
TEST(LinearGaussianEvidence, AgreesWithTheDrawsOfEveryKindOfGuide) {
  for (const auto& guide : guides()) {
    const TemporaryFolder folder;
    TrainedRun run = trained(folder, guide);
    const EvaluationOptions options = with_particles(400);
    const Evaluation evaluation = evaluate_run(run, options);
    const Json evidence = evaluation.summary.at("evidence");
    EXPECT_LT(std::abs(evidence.at("errors_apart").get<double>()), 6) << guide[0];
    EXPECT_NEAR(
        evidence.at("log_evidence").get<double>(),
        evidence.at("exact_elbo").get<double>() + evidence.at("kl_to_posterior").get<double>(),
        1e-9);
    EXPECT_GT(evidence.at("kl_to_posterior").get<double>(), 0) << guide[0];
    EXPECT_FALSE(evidence.contains("identity_error"));
    const bool is_sampled = evidence.at("method") == "draws";
    EXPECT_EQ(is_sampled, evidence.contains("monte_carlo_error")) << guide[0];
    bias_of(run).add_(1.0);
    const auto dataset = run.load_data();
    const Json other =
        linear_gaussian_evidence(run, *dataset, "test", evaluation, options.importance);
    EXPECT_GT(std::abs(other.at("errors_apart").get<double>()), 6) << guide[0];
  }
}

// Of the guide that was evaluated: refined, not as the encoder left it.
TEST(LinearGaussianEvidence, IsOfTheRefinedGuide) {
  const TemporaryFolder folder;
  TrainedRun run = trained(folder, {});
  EvaluationOptions options = with_particles(400);
  const Json before = evaluate_run(run, options).summary.at("evidence");
  options.importance.refinement.steps = 40;
  options.importance.refinement.learning_rate = 0.05;
  const Json after = evaluate_run(run, options).summary.at("evidence");
  EXPECT_LT(std::abs(after.at("errors_apart").get<double>()), 6);
  EXPECT_EQ(after.at("log_evidence"), before.at("log_evidence"));
  EXPECT_LT(after.at("kl_to_posterior").get<double>(),
            before.at("kl_to_posterior").get<double>() / 2);
}

// Five draws hold the NLL above its true value by much more than the stated error, in which no bias
// is: the bias that is stated is most of it. 6,000 examples; the seed is fixed, and eight others
// passed.
TEST(LinearGaussianEvidence, OfFewDrawsLiesBelowByTheStatedBias) {
  const TemporaryFolder folder;
  TrainedRun run =
      trained(folder,
              {"++guide.posterior={type: laplace, network: {type: mlp, hidden_sizes: []}}",
               "data.test_size=6000",
               "trainer.epochs=30"});
  const Json found = evaluate_run(run, with_particles(5)).summary;
  const Json& nll = found.at("nll");
  const double above = nll.at("value").get<double>() +
                       found.at("evidence").at("log_evidence").get<double>(),
               bias = found.at("nll_bias").at("value").get<double>();
  EXPECT_GT(above, 5 * nll.at("monte_carlo_error").get<double>());
  EXPECT_LT(std::abs(above - bias), above / 2);
}

TEST(LinearGaussianEvidence, SaysWhyItIsUndefined) {
  const TemporaryFolder folder;
  TrainedRun run = trained(
      folder, {"++guide.posterior={type: student_t, network: {type: mlp, hidden_sizes: []}}"});
  const Json defined = evaluate_run(run, with_particles(200)).summary.at("evidence");
  EXPECT_TRUE(defined.at("exact_elbo").is_number());
  bias_of(run).narrow(0, 0, kUnits).fill_(std::log(0.5));
  const Json evidence = evaluate_run(run, with_particles(2)).summary.at("evidence");
  EXPECT_TRUE(evidence.at("log_evidence").is_number());
  for (const char* key : {"exact_elbo", "kl_to_posterior", "errors_apart"})
    EXPECT_TRUE(evidence.at(key).is_null()) << key;
  EXPECT_NE(evidence.at("reason").get<std::string>().find("no second moment"), std::string::npos);
}

// One particle has no error to measure by.
TEST(LinearGaussianEvidence, OneParticleChecksNothing) {
  const TemporaryFolder folder;
  TrainedRun run = trained(folder, {guides().back()});
  const Json evidence = evaluate_run(run, with_particles(1)).summary.at("evidence");
  EXPECT_TRUE(evidence.at("monte_carlo_error").is_null());
  EXPECT_TRUE(evidence.at("errors_apart").is_null());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
