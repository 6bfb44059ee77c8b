// Objectives with a term of the aggregated posterior.
#include "elbow/inference/objectives/aggregate.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "elbow/probability/distributions/normal.h"
#include "inference/objectives/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::make_objective;

struct Traces {
  Trace model, guide;
};

/// Posteriors N(loc_n, scale^2) of B examples, K draws of each, prior N(0, I), and log p(x | z) =
/// 0.
Traces traces(const Tensor& loc, double scale, std::int64_t particles, std::uint64_t seed = 3) {
  const Tensor log_scale = at::full_like(loc, std::log(scale));
  const auto q = std::make_shared<DiagNormal>(loc, log_scale);
  const Tensor zeros = at::zeros({loc.size(1)}, at::kDouble);
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(seed));
  Traces out;
  out.guide.add(Site("z", q, q->rsample({particles}, source), false));
  const Tensor& z = out.guide.at("z").value();
  out.model.add(Site("z", DiagNormal::standard(zeros), z, false));
  Site x("x", q, z, true);
  x.set_log_prob(at::zeros({particles, loc.size(0)}, at::kDouble));
  out.model.add(std::move(x));
  return out;
}

double part(const BoundTerms& terms, const std::string& name) {
  for (const auto& [known, value] : terms.more)
    if (known == name) return value.item<double>();
  throw std::logic_error("no part is called " + name);
}

// Whatever the estimate of q(z) is, it cancels: the three parts are the KL from the same draws.
TEST(TotalCorrelation, PartsAddUpToTheKl) {
  const auto [model, guide] = traces(at::randn({16, 3}, at::kDouble), 0.5, 4);
  const Tensor kl = (guide.at("z").log_prob() - model.at("z").log_prob()).mean(0);
  for (const char* weighting : {"minibatch_weighted", "minibatch_stratified"}) {
    const auto objective =
        make_objective("total_correlation",
                       {{"alpha", 1.0}, {"beta", 1.0}, {"gamma", 1.0}, {"weighting", weighting}},
                       1000);
    const BoundTerms terms = objective->terms(model, guide);
    EXPECT_LT((terms.bound + kl).abs().max().item<double>(), 1e-10);
    const double sum = part(terms, "mutual_information") + part(terms, "total_correlation") +
                       part(terms, "dimension_wise_kl");
    EXPECT_NEAR(sum, kl.mean().item<double>(), 1e-10);
  }
}

// One posterior for all is q(z) itself, in every example, when its weights add up to 1: nothing is
// told of the example, and independent units have nothing in common.
TEST(TotalCorrelation, StratifiedWeightsOfAnExampleAddUpToOne) {
  const auto [model, guide] = traces(at::full({5, 2}, 0.3, at::kDouble), 0.7, 3);
  for (const std::int64_t num_examples : {5, 1000}) {
    const auto objective = make_objective(
        "total_correlation",
        {{"alpha", 1.0}, {"beta", 0.0}, {"gamma", 0.0}, {"weighting", "minibatch_stratified"}},
        num_examples);
    const BoundTerms terms = objective->terms(model, guide);
    EXPECT_LT(terms.bound.abs().max().item<double>(), 1e-12);
    EXPECT_NEAR(part(terms, "total_correlation"), 0.0, 1e-12);
  }
}

// The batch is the data set: q(z) is a mixture of three normals in a plane, and every part an
// integral over it, here by the trapezium rule. Five standard errors of 40,000 draws an example,
// below 0.02; the weights sum over all examples alike when each counts 1/N.
TEST(TotalCorrelation, OfAWholeDataSetIsTheMixturesOwn) {
  const Tensor loc = at::tensor({-1.0, -1.0, 1.0, 1.0, 0.5, -0.3}, at::kDouble).view({3, 2});
  const double scale = 0.6;
  const Tensor line = at::linspace(-6, 6, 401, at::kDouble);
  const double area = 0.03 * 0.03;
  const auto density = [&](std::int64_t unit) {  // [3, 401]
    const Tensor u = (line.unsqueeze(0) - loc.select(1, unit).unsqueeze(1)) / scale;
    return (-u.square() / 2 - kHalfLog2Pi).exp() / scale;
  };
  const Tensor first = density(0), second = density(1);
  const Tensor joint = at::einsum("ni,nj->ij", {first, second}) / 3;
  const Tensor units = at::outer(first.mean(0), second.mean(0));
  const double correlation = (joint * (joint / units).log()).sum().item<double>() * area;
  const double entropy_of_one = 2 * (kHalfLog2Pi + 0.5 + std::log(scale));
  const double information = -(joint * joint.log()).sum().item<double>() * area - entropy_of_one;
  // N = M makes the stratified weights 1/3, 1/2 and 1/6: for a whole data set the weighted ones,
  // which are off by the constant log N here, are the ones to take.
  const auto objective =
      make_objective("total_correlation", {{"weighting", "minibatch_weighted"}}, 3);
  const auto [model, guide] = traces(loc, scale, 40000);
  const BoundTerms terms = objective->terms(model, guide);
  const double shift = std::log(3.0);
  EXPECT_NEAR(part(terms, "mutual_information") - shift, information, 0.02);
  EXPECT_NEAR(part(terms, "total_correlation") - shift, correlation, 0.02);
  EXPECT_GT(correlation, 0.05);
}

TEST(DisentangledPrior, PenaltyIsOfTheCovarianceByHand) {
  const Tensor loc = at::tensor({1.0, 2.0, -1.0, 0.0}, at::kDouble).view({2, 2});
  // Covariance of the means: [[1, 1], [1, 1]].
  const auto [model, guide] = traces(loc, 0.5, 1);
  const auto penalty = [&](const char* kind) {
    const auto objective =
        make_objective("dip", {{"kind", kind}, {"off_diagonal", 3.0}, {"diagonal", 7.0}});
    const BoundTerms terms = objective->terms(model, guide);
    EXPECT_NEAR(
        (terms.elbo - terms.bound)[0].item<double>(), part(terms, "covariance_penalty"), 1e-12);
    return part(terms, "covariance_penalty");
  };
  EXPECT_NEAR(penalty("1"), 3.0 * 2, 1e-12);
  EXPECT_NEAR(penalty("2"), 3.0 * 2 + 7.0 * 2 * 0.25 * 0.25, 1e-12);
}

// Unbiased: over independent batches of standard normal draws its mean is 0; far from the prior it
// is not. Five standard errors of 400 batches.
TEST(MaximumMeanDiscrepancy, IsZeroOnAverageForDrawsOfThePrior) {
  at::manual_seed(5);
  for (const char* kernel : {"imq", "rbf"}) {
    const auto objective =
        make_objective("mmd", {{"kernel", kernel}, {"num_particles", 400}, {"lambda", 2.0}});
    const auto discrepancy = [&](double shift) {
      const auto drawn = traces(at::full({24, 3}, shift, at::kDouble), 1.0, 400);
      return part(objective->terms(drawn.model, drawn.guide), "mmd");
    };
    EXPECT_NEAR(discrepancy(0.0), 0.0, 5 * 0.03 / std::sqrt(400.0)) << kernel;
    EXPECT_GT(discrepancy(1.0), 0.02) << kernel;
  }
}

// At alpha = 1 the guide pays for its aggregate alone: a Wasserstein autoencoder.
TEST(MaximumMeanDiscrepancy, AlphaTakesTheKlAway) {
  const auto [model, guide] = traces(at::randn({8, 2}, at::kDouble), 0.3, 1);
  const auto bound = [&model = model, &guide = guide](double alpha, double lambda) {
    const auto objective = make_objective("mmd", {{"alpha", alpha}, {"lambda", lambda}});
    const BoundTerms terms = objective->terms(model, guide);
    const Tensor rest =
        terms.bound - terms.reconstruction + part(terms, "mmd") * (alpha + lambda - 1);
    return std::make_pair(rest, terms.kl);
  };
  EXPECT_LT(bound(1.0, 10.0).first.abs().max().item<double>(), 1e-12);
  const auto [rest, kl] = bound(0.25, 2.0);
  EXPECT_LT((rest + 0.75 * kl).abs().max().item<double>(), 1e-12);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
