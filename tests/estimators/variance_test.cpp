// Known gradients, where they go, and how noisy they are.
#include <gtest/gtest.h>

#include "estimators/gradient_support.h"

namespace elbow {
namespace {

using namespace testing;

/// z ~ N(0, 1), x | z ~ N(z, 1): REFERENCE_RESULTS 2.2; one number that does nothing.
class ReferenceModel : public ToyModel {
 public:
  ReferenceModel() : ToyModel({0.0}) {}
  Trace score(const Tensor& x, const Trace& guide) override {
    const Tensor zero = at::zeros({1}, at::kDouble), &z = guide.at("z").value();
    Trace out;
    out.add(Site("z", bell(zero, zero), z, false));
    out.add(Site("x", bell(z + number(0, x.size(0)), zero), x, true));
    return out;
  }
};

/// N(mean, scale^2) by (mean, ln scale).
class ReferenceGuide : public ToyGuide {
 public:
  ReferenceGuide(double mean, double scale) : ToyGuide({mean, std::log(scale)}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) override {
    Trace out;
    add(out, "z", bell(number(0, x.size(0)), number(1, x.size(0))), value);
    return out;
  }
};

Tensor reference_draws(const std::string& objective,
                       const Json& options,
                       const std::string& estimator,
                       std::int64_t count,
                       double mean = 0.2,
                       double scale = 0.8,
                       const Json& estimator_options = Json::object()) {
  ReferenceModel model;
  ReferenceGuide guide(mean, scale);
  const auto made = make_estimator(estimator, estimator_options);
  return gradient_draws(model, guide, *made, *make_objective(objective, options), count).guide;
}

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

/// What the guide climbs by coefficients, without and with reparameterised draws: the mean of 6e4
/// gradients in (mean, ln scale).
Tensor coefficient_mean(const Json& options, const std::string& objective, const char* estimator) {
  return reference_draws(objective, options, estimator, 60000).mean(0);
}

// Self-normalised weights lean towards the draws: towards the guide as it is, so that the forward
// KL's gradient is found too small, by O(1/K). At (0.2, ln 0.8) it is (0.3 / 0.64,
// (0.5 + 0.09) / 0.64 - 1).
TEST(WakeSleep, BiasOfTheWakePhaseShrinksWithTheParticles) {
  const Tensor forward = at::tensor({0.3 / 0.64, 0.59 / 0.64 - 1}, at::kDouble);
  double before = 1;
  for (const std::int64_t particles : {2, 8, 32}) {
    const Tensor found =
        coefficient_mean({{"num_particles", particles}}, "reweighted_wake_sleep", "score_function");
    const double bias = (forward - found)[0].item<double>();
    EXPECT_GT(bias, 0) << particles;
    EXPECT_LT(bias, before / 2) << particles;
    before = bias;
  }
}

// Both ways to the same coefficients' mean. Five standard errors of the paired difference: fails by
// chance with probability 6e-7 a number.
TEST(FDivergence, DoublyReparameterisedGradientHasTheMeanOfTheScores) {
  for (const char* divergence :
       {"reverse_kl", "forward_kl", "jensen_shannon", "hellinger", "chi2"}) {
    const Json options = {{"num_particles", 4}, {"divergence", divergence}};
    const Tensor score = reference_draws("f_divergence", options, "score_function", 100000);
    const Tensor path = reference_draws("f_divergence", options, "doubly_reparameterised", 100000);
    EXPECT_LT(worst_error(score - path, at::zeros({2}, at::kDouble)), 5.0) << divergence;
  }
}

// d/d(mean, ln scale) of the chi^2 upper bound, whose integrand is a normal density's: by the
// trapezium rule. Self-normalised draws find less than it, the less the fewer there are.
TEST(Cubo, GradientsTendToTheBoundsAsTheParticlesGrow) {
  const Tensor z = at::linspace(-12, 12, 20001, at::kDouble);
  const Tensor at_guide = at::tensor({0.2, std::log(0.8)}, at::kDouble).requires_grad_();
  const Tensor log_q =
      -((z - at_guide[0]) / at_guide[1].exp()).square() / 2 - at_guide[1] - kHalfLog2Pi;
  const Tensor log_joint = -2 * kHalfLog2Pi - z.square() / 2 - (1 - z).square() / 2;
  const Tensor bound = at::logsumexp(2 * log_joint - log_q, 0) / 2;
  const Tensor expected = -torch::autograd::grad({bound}, {at_guide})[0];
  for (const char* estimator : {"score_function", "doubly_reparameterised"}) {
    const auto found = [&](std::int64_t particles, std::int64_t count) {
      return reference_draws("cubo", {{"num_particles", particles}}, estimator, count).mean(0);
    };
    const Tensor of_many = found(400, 4000), of_few = found(4, 60000);
    const double size = expected.norm().item<double>();
    EXPECT_LT((of_many - expected).norm().item<double>(), 0.05 * size) << estimator << expected;
    EXPECT_LT(of_few[0].item<double>(), of_many[0].item<double>()) << estimator;
    EXPECT_GT(of_few[0].item<double>(), 0) << estimator;
  }
}

// D_f as an integral, by the trapezium rule, with its derivative by autograd: the estimates tend to
// it as the weights' sum tends to K.
TEST(FDivergence, GradientsTendToThoseOfTheDivergence) {
  const Tensor z = at::linspace(-9, 10, 20001, at::kDouble);
  const double step = 19.0 / 20000;
  const Tensor log_p = -(z - 0.5).square() - 0.5 * std::log(M_PI);
  const auto exact = [&](const std::function<Tensor(const Tensor&)>& f) {
    const Tensor at_guide = at::tensor({0.2, std::log(0.8)}, at::kDouble).requires_grad_();
    const Tensor log_q =
        -((z - at_guide[0]) / at_guide[1].exp()).square() / 2 - at_guide[1] - kHalfLog2Pi;
    const Tensor divergence = (log_q.exp() * f((log_p - log_q).exp())).sum() * step;
    return -torch::autograd::grad({divergence}, {at_guide})[0];
  };
  const std::vector<std::pair<const char*, std::function<Tensor(const Tensor&)>>> known{
      {"reverse_kl", [](const Tensor& w) { return -w.log(); }},
      {"forward_kl", [](const Tensor& w) { return w * w.log(); }},
      {"chi2", [](const Tensor& w) { return (w - 1).square(); }},
      {"hellinger", [](const Tensor& w) { return (w.sqrt() - 1).square(); }},
      {"total_variation", [](const Tensor& w) { return (w - 1).abs() / 2; }},
      {"jensen_shannon",
       [](const Tensor& w) { return (w * w.log() - (w + 1) * ((w + 1) / 2).log()) / 2; }}};
  for (const auto& [name, f] : known) {
    const Tensor expected = exact(f);
    const auto miss = [&](std::int64_t particles, std::int64_t count) {
      const Json options = {{"num_particles", particles}, {"divergence", name}};
      return (reference_draws("f_divergence", options, "score_function", count).mean(0) - expected)
          .norm()
          .item<double>();
    };
    const double size = expected.norm().item<double>(), of_many = miss(400, 4000);
    EXPECT_LT(of_many, 0.05 * size) << name << expected;
    EXPECT_LT(of_many, miss(2, 100000)) << name;
  }
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
  CoinModel model;
  CoinGuide guide;
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

/// f(b) = (b - 0.45)^2 of one coin b ~ Bern(s(theta)), as log p(x, b), with a guide whose own
/// density counts for nothing: objective "f", not the ELBO.
class CoinGame : public ToyModel {
 public:
  CoinGame() : ToyModel({0.0}) {}
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

class OneCoin : public ToyGuide {
 public:
  OneCoin() : ToyGuide({0.0}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) override {
    Trace out;
    add(out, "z", coin(number(0, x.size(0))), value);
    return out;
  }
};

// At theta = 0 the gradient is 0.025, and one draw of it varies by 0.0159390625 (score function),
// 1/4800 (ARM) and 0 (DisARM), by hand. Five standard errors of mean and variance, from the fourth
// moments: below 1e-3 and 2e-4 of 1e5 draws.
TEST(Coins, GradientsHaveTheirKnownMeanAndVariance) {
  struct Known {
    const char* estimator;
    double variance, tolerance;
  };
  for (const Known& known : {Known{"score_function", 0.0159390625, 1e-4},
                             Known{"arm", 1.0 / 4800, 5e-6},
                             Known{"disarm", 0.0, 1e-15}}) {
    CoinGame model;
    OneCoin guide;
    const auto objective = make_objective("elbo", {{"kl", "auto"}});
    const auto estimator = make_estimator(known.estimator);
    model.repeat(100000);
    guide.repeat(100000);
    GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(3));
    const Tensor x = at::ones({100000, 1}, at::kDouble);
    Proposals proposals(model, guide, x, source);
    estimator->estimate(*objective, proposals).loss.backward();
    const Tensor draws = guide.rows().grad() * -100000.0;
    EXPECT_NEAR(draws.mean().item<double>(), 0.025, 5 * std::sqrt(known.variance / 100000) + 1e-12)
        << known.estimator;
    EXPECT_NEAR(draws.var().item<double>(), known.variance, known.tolerance) << known.estimator;
  }
}

// The model's own loss reaches nothing of the guide's and the other way round, once the step gives
// each group its loss; here the two losses differ, and each has its group's exact gradient.
TEST(Piwae, ModelClimbsIwaeAndGuideMiwae) {
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
  CoinPairModel model;
  CoinPairGuide guide;
  const auto estimator = make_estimator("enumerate");
  const Tensor draws = gradient_draws(model, guide, *estimator, *make_objective("elbo"), 10).guide;
  EXPECT_LT(draws.std(0).max().item<double>(), 1e-14);
}

}  // namespace
}  // namespace elbow
