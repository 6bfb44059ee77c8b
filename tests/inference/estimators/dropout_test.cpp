// Encoders and decoders with dropout under every estimator: one step is about one thinned network.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "elbow/inference/estimators/pathwise.h"
#include "elbow/inference/guides/amortised_guide.h"
#include "elbow/models/generative/latent_model.h"
#include "elbow/neural/conditional/posterior.h"
#include "elbow/neural/nn/dropout.h"
#include "inference/estimators/gradient_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace testing;

constexpr double kRate = 0.5;

Json thinned_network(std::int64_t hidden) {
  return resolved(info_in(network_factory(), "mlp"),
                  {{"hidden_sizes", {hidden}}, {"activation", "tanh"}, {"dropout", kRate}});
}

/// q(z | x) by an encoder with dropout; in training mode, float64.
std::shared_ptr<Posterior> thinned_posterior(const std::string& family,
                                             const Shape& event_shape,
                                             std::int64_t latents,
                                             std::int64_t hidden) {
  at::manual_seed(11);
  const Json guide = {
      {"posterior",
       resolved(info_in(posterior_factory(), family), {{"network", thinned_network(hidden)}})},
      {"flows", Json::array()}};
  const auto out = make_posterior(ConfigNode(guide, "guide"), BuildContext{{latents}, event_shape});
  out->to(at::kDouble);
  out->train();
  return out;
}

/// Gradients of what is maximised in some leaves, flattened into one vector.
Tensor gradient_of(const Tensor& objective, const std::vector<Tensor>& leaves) {
  std::vector<Tensor> parts;
  for (const Tensor& part : torch::autograd::grad({objective},
                                                  leaves,
                                                  {},
                                                  /*retain_graph=*/false,
                                                  /*create_graph=*/false,
                                                  /*allow_unused=*/false))
    parts.push_back(part.flatten());
  return at::cat(parts);
}

/// Two Bernoulli variables whose logits a thinned network of three units computes from x = 1.
struct ThinnedBernoullis {
  static constexpr std::int64_t kHidden = 3;
  BernoulliPairModel model;
  std::shared_ptr<Posterior> posterior = thinned_posterior("bernoulli", {1}, 2, kHidden);
  AmortisedGuide guide{posterior};

  ThinnedBernoullis() {
    // Large enough that a unit which is left out changes much.
    const at::NoGradGuard no_grad;
    for (const auto& parameter : posterior->parameters()) parameter.mul_(2.0);
  }
  std::vector<Tensor> leaves() const {
    std::vector<Tensor> out = posterior->parameters();
    out.insert(out.begin(), model.rows());
    return out;
  }

  /// The ELBO by hand: the mean over the 8 equally likely masks of the sum over the 4 values.
  Tensor exact_elbo() const {
    const auto named = posterior->named_parameters();
    const auto weight = [&named](const char* name) { return *named.find(name); };
    const Tensor hidden =
        at::tanh(weight("network.hidden_0.weight").squeeze(1) + weight("network.hidden_0.bias"));
    Tensor total = at::zeros({}, at::kDouble);
    for (int mask = 0; mask < 8; ++mask) {
      const Tensor kept = at::tensor({mask & 1, mask >> 1 & 1, mask >> 2 & 1}, at::kDouble) * 2.0;
      const Tensor logits =
          weight("network.output.weight").matmul(hidden * kept) + weight("network.output.bias");
      for (int value = 0; value < 4; ++value) {
        const Tensor z = at::tensor({value & 1, value >> 1}, at::kDouble);
        const Tensor log_q = log_bernoullis(logits, z);
        total = total + log_q.exp() * (log_joint(z) - log_q) / 8;
      }
    }
    return total;
  }

 private:
  static Tensor log_bernoullis(const Tensor& logits, const Tensor& z) {
    return (z * logits - logits.exp().log1p()).sum();
  }
  /// BernoulliPairModel at x = 1: z_i ~ Bern(s(t_i)), x | z ~ N(t_2 + z_0 + z_1 / 2 + 0.3 z_0 z_1,
  /// 1).
  Tensor log_joint(const Tensor& z) const {
    const Tensor t = model.rows()[0];
    const Tensor mean = t[2] + z[0] + z[1] / 2 + 0.3 * z[0] * z[1];
    return log_bernoullis(t.narrow(0, 0, 2), z) - (1 - mean).square() / 2 -
           0.5 * std::log(2 * M_PI);
  }
};

class ThinnedEncoders : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(OfBernoullis,
                         ThinnedEncoders,
                         ::testing::Values("arm", "disarm", "enumerate", "score_function"),
                         [](const auto& test) { return test.param; });

// 200 batches of 1000 examples, each under a mask of its own. Five standard errors: Student's t
// with 199 degrees of freedom, 17 numbers, 4 estimators: false alarm below 1e-4. With a mask for
// each of the two antithetic draws arm and disarm are off by a quarter.
TEST_P(ThinnedEncoders, MeanGradientIsExact) {
  ThinnedBernoullis toy;
  const auto objective = make_objective("elbo", {{"kl", "monte_carlo"}});
  const auto estimator = make_estimator(GetParam());
  const Tensor exact = gradient_of(toy.exact_elbo(), toy.leaves());
  const Batch batch{at::ones({1000, 1}, at::kDouble)};
  at::manual_seed(5);
  GeneratorSource source;
  std::vector<Tensor> draws;
  for (int i = 0; i < 200; ++i) {
    Proposals proposals(toy.model, toy.guide, batch, {source});
    draws.push_back(gradient_of(-estimator->estimate(*objective, proposals).loss, toy.leaves()));
  }
  const Tensor all = at::stack(draws);
  EXPECT_LT(worst_error(all, exact), 5.0) << all.mean(0) << exact;
  EXPECT_GT(exact.abs().max().item<double>(), 0.05);
}

/// A variational autoencoder with dropout on both sides.
struct ThinnedAutoencoder {
  static constexpr std::int64_t kFeatures = 3, kLatents = 2, kBatch = 6;
  std::shared_ptr<LatentModel> model;
  AmortisedGuide guide;
  Batch batch;

  explicit ThinnedAutoencoder(const std::string& prior)
      : guide(thinned_posterior("diag_normal", {kFeatures}, kLatents, 5)) {
    const Json likelihood =
        resolved(info_in(likelihood_factory(), "normal"), {{"network", thinned_network(5)}});
    const Json options = prior == "vamp" ? Json{{"num_pseudo_inputs", 4}} : Json::object();
    batch.x = at::randn({kBatch, kFeatures}, at::kDouble);
    BuildContext context{{kLatents}};
    context.data.event_shape = {kFeatures};
    context.data.examples = [](std::int64_t count) { return at::randn({count, kFeatures}); };
    context.posterior =
        std::dynamic_pointer_cast<ConditionalDistribution>(guide.named_children().front().value());
    model = std::make_shared<LatentModel>(
        prior_factory().create(ConfigNode(resolved(info_in(prior_factory(), prior), options)),
                               context),
        likelihood_factory().create(ConfigNode(likelihood), BuildContext{{kFeatures}, {kLatents}}),
        kLatents);
    model->to(at::kDouble);
    model->train();
    guide.train();
  }
  std::vector<Tensor> leaves() const {
    std::vector<Tensor> out = model->parameters();
    for (const Tensor& parameter : guide.parameters()) out.push_back(parameter);
    return out;
  }
};

class ThinnedLargestWeight : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Priors,
                         ThinnedLargestWeight,
                         ::testing::Values("standard_normal", "vamp"),
                         [](const auto& test) { return test.param; });

// The chosen particle is made anew with a graph. Against all K with a graph and their maximum, from
// the same noise and masks: nothing but rounding may differ, in float64.
TEST_P(ThinnedLargestWeight, IsMadeAnewUnderItsOwnMask) {
  ThinnedAutoencoder toy(GetParam());
  const auto objective = make_objective("vr_max", {{"num_particles", 7}});
  GeneratorSource source;
  at::manual_seed(21);
  Proposals all(*toy.model, toy.guide, toy.batch, {source});
  const Trace guide = all.propose(7);
  const Tensor weights = objective->log_weights(all.score(guide), guide);
  const Tensor expected = std::get<0>(weights.max(0));
  const Tensor gradient = gradient_of(expected.mean(), toy.leaves());
  at::manual_seed(21);
  Proposals proposals(*toy.model, toy.guide, toy.batch, {source});
  const Surrogate found = Pathwise().estimate(*objective, proposals);
  EXPECT_TRUE(at::allclose(found.terms.bound, expected, 1e-12, 1e-12))
      << found.terms.bound << expected;
  EXPECT_TRUE(at::allclose(gradient_of(-found.loss, toy.leaves()), gradient, 1e-10, 1e-10));
}

/// Counts the masks that networks ask for where no estimator replays them.
class CountedMasks : public MaskScope {
 public:
  Tensor mask(const Tensor& values, double rate) override {
    ++count_;
    return outer_mask(values, rate);
  }
  int count() const { return count_; }

 private:
  int count_ = 0;
};

class EveryEstimator : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         EveryEstimator,
                         ::testing::ValuesIn(estimator_factory().names()),
                         [](const auto& test) { return test.param; });

// A step runs the encoder once on its batch, whatever the estimator asks of the guide.
TEST_P(EveryEstimator, RunsTheEncoderOncePerStep) {
  const auto latents =
      std::get<EstimatorTraits>(info_in(estimator_factory(), GetParam()).traits).latents;
  const bool is_discrete =
      latents == EstimatorLatents::discrete || latents == EstimatorLatents::binary;
  const auto estimator = make_estimator(GetParam());
  GeneratorSource source;
  for (const auto& row : objective_factory().rows()) {
    const auto& allowed = std::get<ObjectiveTraits>(row.info.traits).estimators;
    if (std::find(allowed.begin(), allowed.end(), GetParam()) == allowed.end()) continue;
    const auto objective = make_objective(row.info.name, particles(row.info, 4));
    CountedMasks masks;
    if (is_discrete) {
      ThinnedBernoullis toy;
      const Batch batch{at::ones({6, 1}, at::kDouble)};
      Proposals proposals(toy.model, toy.guide, batch, {source});
      estimator->estimate(*objective, proposals);
      EXPECT_EQ(masks.count(), 1) << row.info.name;
    } else {
      ThinnedAutoencoder toy("standard_normal");
      Proposals proposals(*toy.model, toy.guide, toy.batch, {source});
      estimator->estimate(*objective, proposals);
      EXPECT_EQ(masks.count(), 2) << row.info.name << ": one of the encoder, one of the decoder";
    }
  }
}

/// Two sites, the mean of the second a thinned network's answer to the first.
class ThinnedSites : public ToyGuide {
 public:
  ThinnedSites() : ToyGuide({0.2, -0.3, 0.5}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) const override {
    const std::int64_t batch = x.size(0);
    Trace out;
    const Tensor u = add(out, "u", bell(number(0, batch), number(1, batch)), value);
    add(out, "z", bell(drop_out(u, kRate), number(2, batch)), value);
    return out;
  }
};

// Sites in turn are scored anew under the guide with its parameters frozen: under the same masks,
// or the draws would be scored by another guide than drew them.
TEST(StickingTheLandingOfSites, ScoresUnderTheMasksOfTheDraws) {
  NormalModel model;
  ThinnedSites guide;
  const Batch batch{at::ones({50, 1}, at::kDouble)};
  at::manual_seed(4);
  GeneratorSource source;
  Proposals proposals(model, guide, batch, {source});
  const Trace guide_trace = proposals.propose_with_frozen_density(3);
  const Site& z = guide_trace.at("z");
  at::manual_seed(4);
  const Trace drawn = proposals.propose(3);
  ASSERT_TRUE(z.value().equal(drawn.at("z").value()));
  EXPECT_TRUE(at::allclose(z.log_prob(), drawn.at("z").log_prob(), 1e-12, 1e-12));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
