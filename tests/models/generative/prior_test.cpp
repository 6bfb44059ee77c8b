// Every prior of the factory keeps the contract of prior.h.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/models/generative/prior.h"
#include "elbow/neural/conditional/posterior.h"
#include "elbow/neural/nn/network.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::resolved;

constexpr std::int64_t kSize = 2, kDataSize = 5;

std::shared_ptr<Posterior> encoder() {
  const Json network =
      resolved(info_in(network_factory(), "mlp"), {{"hidden_sizes", Json::array({8})}});
  const Json guide = {
      {"posterior", resolved(info_in(posterior_factory(), "diag_normal"), {{"network", network}})},
      {"flows", Json::array()}};
  return make_posterior(ConfigNode(guide, "guide"), BuildContext{{kSize}, {kDataSize}});
}

Json options_of(const std::string& name) {
  if (name == "categorical") return {{"num_classes", kSize}};
  if (name == "vamp") return {{"num_pseudo_inputs", 7}};
  if (name == "flow")
    return {{"flows",
             Json::array({resolved(info_in(flow_factory(), "affine_coupling"),
                                   {{"count", 2}, {"hidden_sizes", {8}}})})}};
  return Json::object();
}

Json settings(const std::string& name) {
  return resolved(info_in(prior_factory(), name), options_of(name));
}

/// A prior with its parameters moved a little, so that no learned one is still standard.
PriorPtr make(const std::string& name, std::shared_ptr<Posterior> posterior) {
  at::manual_seed(3);
  const ConfigNode node(settings(name), "model.prior");
  BuildContext context{{kSize}};
  context.data.event_shape = {kDataSize};
  context.data.examples = [](std::int64_t n) { return at::rand({n, kDataSize}); };
  context.posterior = posterior;
  const PriorPtr prior = prior_factory().create(node, context);
  EXPECT_TRUE(node.unread().empty()) << ::testing::PrintToString(node.unread());
  prior->to(at::kDouble);
  const at::NoGradGuard no_grad;
  for (auto& parameter : prior->parameters()) parameter.add_(0.1 * at::randn_like(parameter));
  return prior;
}

class Priors : public ::testing::TestWithParam<std::string> {
 protected:
  Priors() : posterior_(encoder()), prior_(make(GetParam(), posterior_)) {
    posterior_->to(at::kDouble);
  }
  std::string support() const {
    return word_of(std::get<PriorTraits>(info_in(prior_factory(), GetParam()).traits).support);
  }
  GeneratorSource source_{at::make_generator<at::CPUGeneratorImpl>(5)};
  std::shared_ptr<Posterior> posterior_;
  PriorPtr prior_;
};
INSTANTIATE_TEST_SUITE_P(All,
                         Priors,
                         ::testing::ValuesIn(prior_factory().names()),
                         [](const auto& test) { return test.param; });

TEST_P(Priors, HasNoBatchAndTheLatentsAsItsEvent) {
  const auto p = prior_->distribution();
  EXPECT_EQ(p->batch_shape(), Shape{});
  EXPECT_EQ(p->event_shape(), (Shape{kSize}));
  const Tensor z = p->sample({1, 6}, source_);
  EXPECT_EQ(z.sizes(), (Shape{1, 6, kSize}));
  EXPECT_EQ(p->log_prob(z).sizes(), (Shape{1, 6}));
  EXPECT_TRUE(p->log_prob(z).isfinite().all().item<bool>());
}

TEST_P(Priors, DensityOnThePlaneIntegratesToOne) {
  if (support() != "real")
    GTEST_SKIP() << "is no density on the plane: distributions' conformance tests hold it";
  const at::NoGradGuard no_grad;
  const double step = 0.05;
  const Tensor line = at::arange(-20.0, 20.0, step, at::kDouble);
  const Tensor plane = at::cartesian_prod({line, line});
  const Tensor total = prior_->distribution()->log_prob(plane).exp().sum() * step * step;
  // The Laplace density has corners on a grid line each: their error goes with the step's square.
  EXPECT_NEAR(total.item<double>(), 1.0, 1e-3);
}

TEST_P(Priors, EveryParameterGetsAFiniteGradient) {
  const auto p = prior_->distribution();
  Tensor z;
  {
    const at::NoGradGuard no_grad;
    z = p->sample({1, 64}, source_).clone();
  }
  const Tensor total = prior_->distribution()->log_prob(z).sum();
  if (total.requires_grad()) total.backward();
  for (const auto& parameter : prior_->named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
    EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 0.0) << parameter.key();
  }
}

TEST_P(Priors, IsRebuiltFromItsParametersAndBuffers) {
  const PriorPtr other = make(GetParam(), posterior_);
  const at::NoGradGuard no_grad;
  const auto copy = [](const auto& from, const auto& to) {
    for (const auto& item : from) to[item.key()].copy_(item.value());
  };
  for (auto& parameter : other->parameters()) parameter.add_(1.0);
  copy(prior_->named_parameters(), other->named_parameters());
  copy(prior_->named_buffers(), other->named_buffers());
  const Tensor z = prior_->distribution()->sample({1, 16}, source_);
  EXPECT_TRUE(at::equal(prior_->distribution()->log_prob(z), other->distribution()->log_prob(z)));
}

TEST(VampPrior, IsTheMixtureOfTheGuidesPosteriors) {
  const auto posterior = encoder();
  const PriorPtr prior = make("vamp", posterior);
  posterior->to(at::kDouble);
  const at::NoGradGuard no_grad;
  const Tensor inputs = prior->named_parameters()["pseudo_inputs"].clamp(
      prior->named_buffers()["low"], prior->named_buffers()["high"]);
  const Tensor z = at::randn({9, kSize}, at::kDouble);
  const Tensor each = posterior->forward(inputs)->log_prob(z.unsqueeze(1));
  const Tensor expected = at::log(each.exp().mean(1));
  EXPECT_LT((prior->distribution()->log_prob(z) - expected).abs().max().item<double>(), 1e-12);
}

// The examples that pseudo-inputs begin at need not reach as far as the data do.
TEST(VampPrior, PseudoInputsMayGoAsFarAsTheTrainingData) {
  BuildContext context{{kSize}};
  context.data.event_shape = {kDataSize};
  context.data.mean = at::full({kDataSize}, 3.0);
  context.data.examples = [](std::int64_t n) { return at::full({n, kDataSize}, 0.5); };
  context.data.range = [] { return std::make_pair(-2.0, 7.0); };
  context.posterior = encoder();
  const auto built = [&](const std::string& initialization) {
    Json node = settings("vamp");
    node["initialization"] = initialization;
    return prior_factory().create(ConfigNode(node, "model.prior"), context);
  };
  const PriorPtr prior = built("data");
  EXPECT_EQ(prior->named_buffers()["low"].item<double>(), -2.0);
  EXPECT_EQ(prior->named_buffers()["high"].item<double>(), 7.0);
  EXPECT_TRUE(prior->named_parameters()["pseudo_inputs"].eq(0.5).all().item<bool>());
  const Tensor around = built("mean")->named_parameters()["pseudo_inputs"].detach();
  // Noise of a hundredth of the range, 0.09.
  EXPECT_LE((around - 3.0).abs().max().item<double>(), 6 * 0.09);
}

TEST(VampPrior, GradientsReachTheGuide) {
  const auto posterior = encoder();
  const PriorPtr prior = make("vamp", posterior);
  posterior->to(at::kDouble);
  prior->distribution()->log_prob(at::zeros({3, kSize}, at::kDouble)).sum().backward();
  for (const auto& parameter : posterior->named_parameters())
    EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 0.0) << parameter.key();
}

TEST(VampPrior, IsRefusedWithoutAGuide) {
  try {
    prior_factory().create(ConfigNode(settings("vamp"), "model.density"), BuildContext{{kSize}});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.diagnostics().front().path, "model.density");
    EXPECT_THAT(error.diagnostics().front().message, ::testing::HasSubstr("no guide here"));
  }
}

TEST(FlowPrior, TakesDataToTheBaseBeforeTraining) {
  const Json flows = Json::array(
      {resolved(info_in(flow_factory(), "affine_coupling"), {{"count", 1}, {"hidden_sizes", {4}}}),
       resolved(info_in(flow_factory(), "actnorm"), {{"count", 1}})});
  const ConfigNode node(resolved(info_in(prior_factory(), "flow"), {{"flows", flows}}), "prior");
  const auto before = c10::get_default_dtype();
  for (const auto type : {at::kFloat, at::kDouble}) {
    // As when an experiment of this type is built.
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(type));
    BuildContext context{{kSize}};
    context.values = [](std::int64_t n) { return at::randn({n, kSize}) * 7 + 100; };
    const PriorPtr prior = prior_factory().create(node, context);
    // An untrained standard normal would give -5000.
    EXPECT_GT(prior->distribution()->log_prob(at::full({kSize}, 100.0)).item<double>(), -8);
  }
  c10::set_default_dtype(before);
}

TEST(FamilyPrior, CanStayAsItBegins) {
  const ConfigNode node(resolved(info_in(prior_factory(), "diag_normal"), {{"learned", false}}),
                        "model.prior");
  const PriorPtr prior = prior_factory().create(node, BuildContext{{kSize}});
  EXPECT_TRUE(prior->parameters().empty());
  const Tensor density = prior->distribution()->log_prob(at::zeros({kSize}));
  EXPECT_NEAR(density.item<double>(), -kSize * 0.918938533, 1e-6);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
