// A guide proposes from any family through any flows, with the density that belongs to the draw.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "elbow/inference/guides/amortised_guide.h"
#include "elbow/inference/guides/conditioned_distribution.h"
#include "elbow/neural/conditional/posterior.h"
#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/neural/nn/network.h"
#include "elbow/probability/distributions/normal.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::resolved;

constexpr std::int64_t kSize = 3, kDataSize = 4, kParticles = 5, kBatch = 6;

Json layer(const std::string& name, const Json& options) {
  return resolved(info_in(flow_factory(), name), options);
}

std::shared_ptr<Posterior> make(const std::string& family,
                                const Json& flows = Json::array(),
                                const Shape& event = {kDataSize}) {
  at::manual_seed(2);
  const Json network =
      resolved(info_in(network_factory(), "mlp"), {{"hidden_sizes", Json::array({8})}});
  Json options = {{"network", network}};
  if (family == "categorical") options["num_classes"] = kSize;
  const Json guide = {{"posterior", resolved(info_in(posterior_factory(), family), options)},
                      {"flows", flows}};
  const ConfigNode node(guide, "guide");
  const auto out = make_posterior(node, BuildContext{{kSize}, event});
  EXPECT_TRUE(node.unread().empty()) << ::testing::PrintToString(node.unread());
  out->to(at::kDouble);
  return out;
}

Trace propose(const std::shared_ptr<Posterior>& posterior,
              const Tensor& x,
              std::uint64_t seed = 1) {
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(seed));
  return AmortisedGuide(posterior).condition({x})->draw(kParticles, source, DrawGradient::pathwise);
}

Tensor data() { return at::randn({kBatch, kDataSize}, at::kDouble); }

class Families : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         Families,
                         ::testing::ValuesIn(posterior_factory().names()),
                         [](const auto& test) { return test.param; });

TEST_P(Families, ParticlesAndTheirDensities) {
  const auto posterior = make(GetParam());
  const Tensor x = data();
  const Trace trace = propose(posterior, x);
  const Site& z = trace.at("z");
  const std::int64_t particles = z.value().size(0);
  EXPECT_EQ(particles % kParticles, 0);
  EXPECT_EQ(z.value().sizes(), (Shape{particles, kBatch, kSize}));
  EXPECT_EQ(z.log_prob().sizes(), (Shape{particles, kBatch}));
  const Tensor again = posterior->forward(x)->log_prob(z.value());
  EXPECT_LT((z.log_prob() - again).abs().max().item<double>(), 1e-10);
  EXPECT_EQ(trace.has_particle_weights(), particles > kParticles);
  if (trace.has_particle_weights()) {
    const Tensor total = trace.log_particle_weights().exp().sum(0);
    EXPECT_LT((total - 1).abs().max().item<double>(), 1e-12);
  }
}

TEST_P(Families, EveryParameterGetsAFiniteGradientThroughTheDraws) {
  const auto posterior = make(GetParam());
  const Trace trace = propose(posterior, data());
  const Site& site = trace.at("z");
  const Tensor z = site.value();
  EXPECT_EQ(std::get<PosteriorTraits>(info_in(posterior_factory(), GetParam()).traits).pathwise,
            !site.dist().traits().is_discrete);
  const Tensor weighted = (z.square() * at::arange(1, kSize + 1, at::kDouble)).sum(-1);
  // Discrete draws have none; their density has one.
  trace.average(site.dist().traits().is_discrete ? site.log_prob() : weighted).sum().backward();
  bool some = false;
  for (const auto& parameter : posterior->named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
    some = some || parameter.value().grad().abs().max().item<double>() > 0;
  }
  EXPECT_TRUE(some);
}

TEST_P(Families, DetachedDrawsHaveADensityWithAGradient) {
  const auto posterior = make(GetParam());
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(3));
  const Trace trace =
      AmortisedGuide(posterior).condition({data()})->draw(kParticles, source, DrawGradient::none);
  const Site& z = trace.at("z");
  EXPECT_FALSE(z.value().requires_grad());
  EXPECT_EQ(z.value().sizes(), (Shape{kParticles, kBatch, kSize}));
  EXPECT_FALSE(trace.has_particle_weights());
  EXPECT_TRUE(z.log_prob().requires_grad());
  z.log_prob().sum().backward();
  EXPECT_TRUE(posterior->parameters().front().grad().isfinite().all().item<bool>());
}

TEST_P(Families, LearnedParametersServeEveryDraw) {
  const auto posterior = make(GetParam(), Json::array(), /*event=*/{});
  EXPECT_FALSE(posterior->is_amortised());
  EXPECT_EQ(posterior->parameters().size(), 1u);
  const Trace trace = propose(posterior, at::zeros({kBatch}, at::kDouble));
  EXPECT_EQ(trace.at("z").value().size(1), kBatch);
  EXPECT_TRUE(trace.at("z").log_prob().isfinite().all().item<bool>());
}

TEST(Flows, TakeTheirPartOfTheEncodersNumbers) {
  const auto planar =
      make("diag_normal",
           Json::array({layer("planar", {{"count", 2}, {"amortized", true}}),
                        layer("iaf", {{"context_size", 4}, {"hidden_sizes", {8}}})}));
  const Tensor x = data();
  EXPECT_EQ(planar->encode(x).size(1), 2 * kSize + 2 * (2 * kSize + 1) + 4);
  const Trace trace = propose(planar, x);
  EXPECT_EQ(trace.at("z").value().sizes(), (Shape{kParticles, kBatch, kSize}));
  EXPECT_TRUE(trace.at("z").log_prob().isfinite().all().item<bool>());
}

TEST(Flows, DensityOfTheDrawIsTheDensityOfItsValue) {
  for (const std::string name : {"affine_coupling", "maf", "iaf", "spline_coupling"})
    for (const std::string family : {"diag_normal", "mixture_normal", "full_rank_normal"}) {
      const auto posterior =
          make(family,
               Json::array({layer(name, {{"hidden_sizes", {8}}, {"context_size", 3}}),
                            layer("permutation", Json::object())}));
      const at::NoGradGuard no_grad;
      for (auto& parameter : posterior->parameters()) parameter.add_(0.1);
      const Tensor x = data();
      const Trace trace = propose(posterior, x);
      const Tensor z = trace.at("z").value(), log_q = trace.at("z").log_prob();
      const Tensor again = posterior->forward(x)->log_prob(z);
      EXPECT_LT((log_q - again).abs().max().item<double>(), 1e-8) << name << " on " << family;
    }
}

/// Doubles every number, and has an inverse that is never to be asked.
class NeverInverted : public Transform {
 public:
  std::string name() const override { return "never_inverted"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override {
    return {x * 2, at::full_like(x.select(-1, 0), kSize * std::log(2.0))};
  }
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor&) const override {
    throw std::logic_error("a draw was inverted to score it");
  }
  TransformPtr map_parameters(const ParameterMap&) const override {
    return std::make_shared<NeverInverted>();
  }
};

// The inverse of an autoregressive flow takes a pass per latent, and loses digits.
TEST(Flows, DrawsAreScoredWithoutTheInverse) {
  const auto base = std::make_shared<DiagNormal>(at::zeros({kBatch, kSize}, at::kDouble),
                                                 at::zeros({kBatch, kSize}, at::kDouble));
  const auto q = std::make_shared<TransformedDistribution>(base, std::make_shared<NeverInverted>());
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(1));
  const ConditionedDistribution conditioned({"z", {kSize}}, q, kBatch);
  const Trace trace = conditioned.draw(kParticles, source, DrawGradient::pathwise);
  const Tensor z = trace.at("z").value();
  const Tensor expected = base->log_prob(z / 2) - kSize * std::log(2.0);
  EXPECT_LT((trace.at("z").log_prob() - expected).abs().max().item<double>(), 1e-12);
}

// Five standard errors of 40,000 draws: fails by chance with probability 6e-7 per number.
TEST(Mixtures, StrataHaveTheMeanOfTheMixture) {
  const auto posterior = make("mixture_normal", Json::array(), /*event=*/{});
  const Trace trace = propose(posterior, at::zeros({40000}, at::kDouble), 7);
  const Tensor z = trace.at("z").value().detach();
  const Tensor mean = (trace.log_particle_weights().exp().unsqueeze(-1) * z).sum(0).detach();
  const Tensor error = mean.std(0) / std::sqrt(40000.0);
  const Tensor expected = posterior->forward(at::zeros({1}, at::kDouble))->mean()[0].detach();
  EXPECT_LT(((mean.mean(0) - expected).abs() / error).max().item<double>(), 5.0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
