// Known gradients, where they go, and how noisy they are.
#include <gtest/gtest.h>

#include "inference/estimators/reference_toy.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace testing;

/// Summed over the numbers.
double variance(const Tensor& draws) { return draws.var(0).sum().item<double>(); }

// REFERENCE_RESULTS 2.2. Five standard errors: each fails by chance with probability 6e-7.
TEST(Gradients, OfIwaeHaveTheKnownValues) {
  struct Known {
    std::int64_t particles;
    double mean, log_scale;
  };
  for (const Known& known : {Known{1, 0.6, -0.28},
                             Known{5, 0.0949253, -0.00368453},
                             Known{50, 0.00890795, 0.000177483}}) {
    const Tensor exact = at::tensor({known.mean, known.log_scale}, at::kDouble);
    for (const char* estimator : {"pathwise", "doubly_reparameterised"}) {
      const Tensor draws = reference_draws("iwae",
                                           {{"num_particles", known.particles}},
                                           estimator,
                                           known.particles == 50 ? 40000 : 200000);
      EXPECT_LT(worst_error(draws, exact), 5.0) << estimator << " " << known.particles;
    }
  }
}

// What it leaves out is minus the wake phase's gradient sum_k v_k grad log q(z_k), which tends to
// that of the forward KL, (0.5 - 0.2) / 0.8^2 in the mean: the bias has its sign and, other than
// that of self-normalisation, does not vanish as K grows. Far beyond five standard errors of 3e4.
TEST(StickingTheLanding, BiasOnIwaeIsTheForwardKlsGradient) {
  const double forward = 0.3 / 0.64;
  const auto bias = [](std::int64_t particles, double exact) {
    const Tensor draws =
        reference_draws("iwae", {{"num_particles", particles}}, "sticking_the_landing", 30000);
    return draws.select(1, 0).mean().item<double>() - exact;
  };
  const double of_five = bias(5, 0.0949253), of_fifty = bias(50, 0.00890795);
  EXPECT_GT(of_five, 0.3);
  EXPECT_NEAR(of_fifty, forward, 0.02);
  EXPECT_LT(forward - of_fifty, (forward - of_five) / 3);
}

TEST(StickingTheLanding, HasNoNoiseAtTheExactPosterior) {
  const Tensor draws = reference_draws("elbo",
                                       {{"num_particles", 1}, {"kl", "monte_carlo"}},
                                       "sticking_the_landing",
                                       1000,
                                       0.5,
                                       std::sqrt(0.5));
  EXPECT_LT(draws.abs().max().item<double>(), 1e-12);
}

TEST(Variance, OfTheDoublyReparameterisedGradientIsBelowThePathwiseOnes) {
  const Json options = {{"num_particles", 50}};
  const double pathwise = variance(reference_draws("iwae", options, "pathwise", 20000));
  const double doubly = variance(reference_draws("iwae", options, "doubly_reparameterised", 20000));
  RecordProperty("ratio", std::to_string(doubly / pathwise));
  EXPECT_LT(doubly, pathwise / 2);
}

TEST(Variance, OfLeaveOneOutAndVimcoIsBelowThePlainScoreFunctions) {
  BernoulliModel model;
  BernoulliGuide guide;
  const auto of = [&](const char* objective, const char* estimator, const Json& options) {
    const auto made = make_estimator(estimator, options);
    Json drawn = particles(info_in(objective_factory(), objective), 5);
    return variance(
        gradient_draws(model, guide, *made, *make_objective(objective, drawn), 20000).guide);
  };
  for (const char* objective : {"elbo", "iwae"}) {
    const double plain = of(objective, "score_function", {{"baseline", "none"}});
    const double others = of(objective, "score_function", {{"baseline", "leave_one_out"}});
    EXPECT_LT(others, plain / 2) << objective;
    RecordProperty(std::string(objective) + "_leave_one_out", std::to_string(others / plain));
  }
  const double plain = of("iwae", "score_function", {{"baseline", "none"}});
  for (const char* mean : {"geometric", "arithmetic"}) {
    const double vimco = of("iwae", "vimco", {{"mean", mean}});
    EXPECT_LT(vimco, plain / 2) << mean;
    RecordProperty(std::string("vimco_") + mean, std::to_string(vimco / plain));
  }
}

/// f(b) = (b - 0.45)^2 of one b ~ Bern(s(theta)), as log p(x, b), with a guide whose own
/// density counts for nothing: objective "f", not the ELBO.
class BernoulliGame : public ToyModel {
 public:
  BernoulliGame() : ToyModel({0.0}) {}
  Trace score(const Tensor&, const Trace& guide) override {
    const Tensor& z = guide.at("z").value();
    Trace out;
    // The prior is the guide, so that the KL is 0 whatever theta is.
    out.add(Site("z", guide.at("z").dist_ptr()->detach(), z, false));
    Site payoff("x", guide.at("z").dist_ptr(), z, true);
    payoff.set_log_prob((z - 0.45).square().squeeze(-1));
    out.add(std::move(payoff));
    return out;
  }
};

class OneBernoulli : public ToyGuide {
 public:
  OneBernoulli() : ToyGuide({0.0}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) const override {
    Trace out;
    add(out, "z", bernoulli_of(number(0, x.size(0))), value);
    return out;
  }
};

// At theta = 0 the gradient is 0.025, and one draw of it varies by 0.0159390625 (score function),
// 1/4800 (ARM) and 0 (DisARM), by hand. Five standard errors of mean and variance, from the fourth
// moments: below 1e-3 and 2e-4 of 1e5 draws.
TEST(BernoulliGradients, GradientsHaveTheirKnownMeanAndVariance) {
  struct Known {
    const char* estimator;
    double variance, tolerance;
  };
  for (const Known& known : {Known{"score_function", 0.0159390625, 1e-4},
                             Known{"arm", 1.0 / 4800, 5e-6},
                             Known{"disarm", 0.0, 1e-15}}) {
    BernoulliGame model;
    OneBernoulli guide;
    const auto objective = make_objective("elbo", {{"kl", "auto"}});
    const auto estimator = make_estimator(known.estimator);
    model.repeat(100000);
    guide.repeat(100000);
    GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(3));
    const Batch batch{at::ones({100000, 1}, at::kDouble)};
    Proposals proposals(model, guide, batch, {source});
    estimator->estimate(*objective, proposals).loss.backward();
    const Tensor draws = guide.rows().grad() * -100000.0;
    EXPECT_NEAR(draws.mean().item<double>(), 0.025, 5 * std::sqrt(known.variance / 100000) + 1e-12)
        << known.estimator;
    EXPECT_NEAR(draws.var().item<double>(), known.variance, known.tolerance) << known.estimator;
  }
}

// The model's own loss reaches nothing of the guide's and the other way round, once the step gives
// each group its loss; here the two losses differ, and each has its group's exact gradient.
TEST(Piwae, ModelMaximisesIwaeAndGuideMiwae) {
  const Json groups = {{"num_groups", 3}, {"group_size", 2}};
  const Tensor piwae = reference_draws("piwae", groups, "pathwise", 500);
  const Tensor miwae = reference_draws("miwae", groups, "pathwise", 500);
  EXPECT_LT((piwae - miwae).abs().max().item<double>(), 1e-12);
  const auto of_model = [&groups](const char* name, const Json& options) {
    ReferenceModel model;
    ReferenceGuide guide(0.2, 0.8);
    const auto estimator = make_estimator("pathwise");
    return gradient_draws(model, guide, *estimator, *make_objective(name, options), 500).model;
  };
  const Tensor difference = of_model("piwae", groups) - of_model("iwae", {{"num_particles", 6}});
  EXPECT_LT(difference.abs().max().item<double>(), 1e-12);
}

// The graph of one particle has the gradient of the maximum over all, draw by draw.
TEST(VrMax, GradientOfTheChosenParticleIsTheMaximums) {
  NormalModel model;
  NormalGuide guide;
  const auto objective = make_objective("vr_max", {{"num_particles", 7}});
  const auto estimator = make_estimator("pathwise");
  const Gradients found = gradient_draws(model, guide, *estimator, *objective, 50);
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(7));
  const Tensor x = at::ones({50, 1}, at::kDouble);
  const Trace proposed = guide.propose(x, 7, source);
  const Tensor bound =
      objective->reduce(objective->log_weights(model.score(x, proposed), proposed)).sum();
  const auto whole = torch::autograd::grad({bound}, {model.rows(), guide.rows()});
  EXPECT_LT((whole[0] - found.model).abs().max().item<double>(), 1e-12);
  EXPECT_LT((whole[1] - found.guide).abs().max().item<double>(), 1e-12);
}

TEST(Enumerate, HasNoNoise) {
  BernoulliPairModel model;
  BernoulliPairGuide guide;
  const auto estimator = make_estimator("enumerate");
  const Tensor draws = gradient_draws(model, guide, *estimator, *make_objective("elbo"), 10).guide;
  EXPECT_LT(draws.std(0).max().item<double>(), 1e-14);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
