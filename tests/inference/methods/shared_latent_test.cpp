// A latent that all examples share, through minibatch steps.
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "elbow/inference/estimators/sticking_the_landing.h"
#include "elbow/inference/guides/conditioned_distribution.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/inference/objectives/elbo.h"
#include "elbow/probability/distributions/normal.h"
#include "inference/objectives/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::make_objective;
using testing::resolved;

/// w ~ N(0, 1), x_b | w ~ N(w, 1).
class MeanModel : public GenerativeModel {
 public:
  std::vector<SiteSpec> sites() const override {
    return {{"w", {1}, Support::real(), Scope::global}};
  }
  Trace score(const Batch& batch, const Trace& guide, const ModelContext&) override {
    const Tensor zero = at::zeros({1}, at::kDouble), &w = guide.at("w").value();
    Trace out;
    out.add(Site("w", DiagNormal::standard(zero), w, /*is_observed=*/false, Scope::global));
    const auto likelihood = std::make_shared<DiagNormal>(w.unsqueeze(1), zero);
    out.add(Site("x", likelihood, batch.x, /*is_observed=*/true));
    return out;
  }
  Trace sample(std::int64_t, const ModelContext&) override { throw std::logic_error("not drawn"); }
};

/// q(w) = N(mean, e^2s), the same for all examples.
class MeanGuide : public Guide {
 public:
  MeanGuide() : numbers_(register_parameter("numbers", at::zeros({2}, at::kDouble))) {}
  ConditionedGuidePtr condition(const Batch& batch) override {
    return std::make_shared<ConditionedDistribution>(
        SiteSpec{"w", {1}, Support::real(), Scope::global},
        std::make_shared<DiagNormal>(numbers_.narrow(0, 0, 1), numbers_.narrow(0, 1, 1)),
        batch.size());
  }

 private:
  Tensor numbers_;
};

/// The guide's numbers after steps on minibatches of 8 of `x`.
Tensor fit(const Tensor& x, const ObjectivePtr& objective, int steps) {
  const auto guide = std::make_shared<MeanGuide>();
  GradientVi::Options options;
  options.learning_rate = schedule_factory().create(
      ConfigNode(Json{{"type", "linear"}, {"from", 0.1}, {"to", 1e-4}, {"over_steps", steps}}));
  const auto make_optimizer = [](const Tensor& values) {
    return optimizer_factory().create(ConfigNode(resolved(info_in(optimizer_factory(), "adam"))),
                                      values);
  };
  GradientVi inference(std::make_shared<MeanModel>(),
                       guide,
                       objective,
                       std::make_shared<StickingTheLanding>(),
                       make_optimizer,
                       options);
  Clock clock;
  for (; clock.step < steps; ++clock.step) {
    std::vector<Batch> micro_batches(1);
    micro_batches[0].x = x.narrow(0, clock.step % 4 * 8, 8);
    micro_batches[0].indices.assign(8, 0);
    EXPECT_EQ(inference.step(micro_batches, clock).found_non_finite.item<float>(), 0.0f);
  }
  return guide->parameters().front().detach().clone();
}

// With each example's share of the KL the minibatches together find the posterior of all N:
// N(sum x / (N + 1), 1 / (N + 1)). Were the share forgotten, it would be as wide as one example's.
TEST(SharedLatent, MinibatchesFindThePosteriorOfTheWholeDataSet) {
  at::manual_seed(4);
  const Tensor x = at::randn({32, 1}, at::kDouble) + 1.5;
  const double mean = x.sum().item<double>() / 33, log_scale = -std::log(33.0) / 2;
  const Tensor found =
      fit(x, make_objective("elbo", {{"kl", "monte_carlo"}, {"num_particles", 8}}, 32), 2000);
  EXPECT_NEAR(found[0].item<double>(), mean, 0.01);
  EXPECT_NEAR(found[1].item<double>(), log_scale, 0.02);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
