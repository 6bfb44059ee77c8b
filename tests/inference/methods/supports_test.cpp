// A density on three supports at once, fitted by one full-rank normal through their bijections.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "elbow/inference/estimators/sticking_the_landing.h"
#include "elbow/inference/guides/guide_factory.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/neural/conditional/family.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "inference/objectives/support.h"
#include "support/model_context.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::make_objective;
using testing::no_noise;
using testing::resolved;

/// A correlated normal of six numbers, read as ln scale (2), the sticks of weights (2) and location
/// (2). The maps and their Jacobians are written out here, by the formulas of Stan's reference
/// manual, "Transforms of constrained variables".
class ThreeSupports : public GenerativeModel {
 public:
  ThreeSupports() {
    at::manual_seed(12);
    const Tensor root = at::randn({6, 6}, at::kDouble) * 0.4;
    mean_ = at::randn({6}, at::kDouble) * 0.7;
    factor_ = at::linalg_cholesky(root.matmul(root.t()) + 0.1 * at::eye(6, at::kDouble));
  }
  std::vector<SiteSpec> sites() const override {
    return {{"scale", {2}, Support::positive()},
            {"weights", {3}, Support::simplex()},
            {"location", {2}, Support::real()}};
  }
  Trace score(const Batch&, const Trace& latents, const ModelContext&) override {
    Trace out;
    for (const SiteSpec& spec : sites()) {
      const Tensor& value = latents.at(spec.name).value();
      const Tensor none = at::zeros(spec.event_shape, at::kDouble);
      Site site(spec.name, DiagNormal::standard(none), value, /*is_observed=*/false);
      site.set_log_prob(spec.name == "scale" ? log_density(latents) : at::zeros({}, at::kDouble));
      out.add(std::move(site));
    }
    return out;
  }
  Trace sample(std::int64_t, const ModelContext&) override { throw std::logic_error("not drawn"); }
  /// The joint density of all three. [K, B]
  Tensor log_density(const Trace& latents) const {
    const Tensor &scale = latents.at("scale").value(), &weights = latents.at("weights").value(),
                 &location = latents.at("location").value();
    const Tensor first = weights.select(-1, 0), second = weights.select(-1, 1), rest = 1 - first,
                 share = second / rest;
    const Tensor sticks = at::stack({at::logit(first) + std::log(2.0), at::logit(share)}, -1);
    const Tensor numbers = at::cat({scale.log(), sticks, location}, -1);
    const Tensor log_det = scale.log().sum(-1) + first.log() + rest.log() + share.log() +
                           (1 - share).log() + rest.log();
    const Tensor white =
        at::linalg_solve_triangular(factor_, (numbers - mean_).unsqueeze(-1), /*upper=*/false);
    return -0.5 * white.square().sum({-1, -2}) - factor_.diagonal().log().sum() -
           3 * std::log(2 * M_PI) - log_det;
  }

 private:
  Tensor mean_, factor_;
};

GuidePtr joint_guide(const std::vector<SiteSpec>& sites) {
  const Json posterior = resolved(info_in(posterior_factory(), "full_rank_normal"));
  Json node = {{"type", "joint"}, {"posterior", posterior}, {"flows", Json::array()}};
  const GuidePtr out = guide_factory().create(ConfigNode(node, "guide"), sites, DataContext{});
  out->to(at::kDouble);
  return out;
}

// The guide's family holds the target, so that the KL can go to 0: nothing but the noise of the
// last steps is left. It is estimated from 20,000 draws, which at the target have no noise.
TEST(JointGuide, FitsADensityOnThreeSupports) {
  const auto model = std::make_shared<ThreeSupports>();
  const GuidePtr guide = joint_guide(model->sites());
  constexpr int kSteps = 1500;
  GradientVi::Options options;
  options.learning_rate = schedule_factory().create(
      ConfigNode(Json{{"type", "linear"}, {"from", 0.05}, {"to", 1e-4}, {"over_steps", kSteps}}));
  const auto make_optimizer = [](const Tensor& values) {
    return optimizer_factory().create(ConfigNode(resolved(info_in(optimizer_factory(), "adam"))),
                                      values);
  };
  GradientVi inference(model,
                       guide,
                       make_objective("elbo", {{"kl", "monte_carlo"}}),
                       std::make_shared<StickingTheLanding>(),
                       make_optimizer,
                       options);
  const MicroBatches batch(std::vector<Batch>{{at::zeros({32}, at::kDouble)}});
  const auto kl = [&] {
    const at::NoGradGuard no_grad;
    GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(1));
    const Trace drawn =
        guide->condition({at::zeros({20000}, at::kDouble)})->draw(1, source, DrawGradient::none);
    Tensor log_q = at::zeros({}, at::kDouble);
    for (const Site& site : drawn.sites()) log_q = log_q + site.log_prob();
    return (log_q - model->log_density(drawn)).mean().item<double>();
  };
  EXPECT_GT(kl(), 0.5);
  for (Clock clock; clock.step < kSteps; ++clock.step)
    ASSERT_EQ(inference.step(batch, clock).found_non_finite.item<float>(), 0.0f);
  EXPECT_LT(kl(), 1e-3);
  EXPECT_GT(kl(), -1e-6);
}

// What a guide says of values that it did not draw is what it said of them when it drew them.
TEST(JointGuide, ScoresItsDrawsAgain) {
  const GuidePtr guide = joint_guide(ThreeSupports().sites());
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(3));
  const auto q = guide->condition({at::zeros({4}, at::kDouble)});
  const Trace drawn = q->draw(5, source, DrawGradient::pathwise), again = q->score(drawn);
  ASSERT_EQ(again.sites().size(), 3u);
  for (const Site& site : drawn.sites()) {
    EXPECT_TRUE(again.at(site.name()).value().equal(site.value()));
    EXPECT_TRUE(at::allclose(again.at(site.name()).log_prob(), site.log_prob(), 1e-10, 1e-10));
  }
  for (const SiteSpec& spec : ThreeSupports().sites())
    EXPECT_TRUE(
        spec.support.contains(drawn.at(spec.name).value(), spec.event_shape).all().item<bool>());
}

TEST(JointGuide, RefusesWhatNoRealNumbersReach) {
  const auto message = [](const std::vector<SiteSpec>& sites) -> std::string {
    try {
      joint_guide(sites);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({{"a", {2}}, {"b", {2}, Support::binary()}}).find("'b' is binary"),
            std::string::npos);
  EXPECT_NE(
      message({{"a", {2}}, {"b", {2}, Support::real(), Scope::global}}).find("of each example"),
      std::string::npos);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
