// Gradients of the ELBO of a normal guide against known targets.
#include "elbow/inference/estimators/sticking_the_landing.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "elbow/inference/estimators/pathwise.h"
#include "elbow/inference/guides/amortised_guide.h"
#include "elbow/inference/objectives/elbo.h"
#include "elbow/models/generative/target_model.h"
#include "elbow/neural/conditional/posterior.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::resolved;

constexpr std::int64_t kSize = 2;

/// The standard normal as a target, and a guide with learned parameters.
struct Fit {
  TargetModel model;
  std::shared_ptr<Posterior> posterior;

  explicit Fit(const std::string& family, const Json& flows = Json::array())
      : model(target_factory().create(ConfigNode(resolved(
            info_in(target_factory(), "mixture"), {{"means", {0, 0}}, {"scale", {1.0}}})))) {
    at::manual_seed(1);
    const Json guide = {{"posterior", resolved(info_in(posterior_factory(), family))},
                        {"flows", flows}};
    posterior = make_posterior(ConfigNode(guide, "guide"), BuildContext{{kSize}});
    posterior->to(at::kDouble);
  }

  /// The gradient of minus the ELBO in the guide's own parameters, from `draws` draws.
  Tensor gradient(GradientEstimator&& estimator, std::int64_t draws, std::uint64_t seed = 5) {
    GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(seed));
    const Batch batch{at::zeros({draws}, at::kDouble)};
    AmortisedGuide guide(posterior);
    Proposals proposals(model, guide, batch, {source});
    Elbo::Options options;
    options.kl = Elbo::Kl::monte_carlo;
    for (const Tensor& parameter : posterior->parameters()) parameter.mutable_grad().reset();
    estimator.estimate(Elbo(options), proposals).loss.backward();
    return posterior->parameters().front().grad().clone();
  }

  void set(const std::vector<double>& values) {
    const at::NoGradGuard no_grad;
    posterior->parameters().front().copy_(at::tensor(values, at::kDouble));
  }
};

TEST(StickingTheLanding, ExactGuideHasNoGradientAtAll) {
  Fit fit("diag_normal");
  fit.set({0, 0, 0, 0});
  EXPECT_LT(fit.gradient(StickingTheLanding(), 7).abs().max().item<double>(), 1e-14);
  EXPECT_GT(fit.gradient(Pathwise(), 7).abs().max().item<double>(), 1e-2);
}

// d(-ELBO)/d mean = mean, d(-ELBO)/d log scale = scale^2 - 1. Five standard errors of 10^5 draws:
// fails by chance with probability 6e-7 a number. One draw's gradient in the mean is
// z - (z - mean) / scale^2, with standard deviation |1 - 1 / scale^2| scale; that in the log scale
// is it times scale times noise.
TEST(StickingTheLanding, MeanOverDrawsIsTheExactGradient) {
  Fit fit("diag_normal");
  const std::vector<double> mean{0.7, -0.4}, log_scale{0.3, -0.5};
  fit.set({mean[0], mean[1], log_scale[0], log_scale[1]});
  constexpr std::int64_t kDraws = 100000;
  const Tensor found = fit.gradient(StickingTheLanding(), kDraws);
  for (std::size_t i = 0; i < 2; ++i) {
    const double scale = std::exp(log_scale[i]), slope = 1 - 1 / (scale * scale);
    const double spread = std::abs(slope) * scale;
    EXPECT_NEAR(found[static_cast<std::int64_t>(i)].item<double>(),
                mean[i],
                5 * spread / std::sqrt(kDraws));
    const double wide = std::hypot(mean[i], spread * std::sqrt(2.0)) * scale;
    EXPECT_NEAR(found[static_cast<std::int64_t>(i) + 2].item<double>(),
                scale * scale - 1,
                5 * wide / std::sqrt(kDraws));
  }
}

// A mixture whose components differ in weight, place and scale: the two estimators have one mean,
// the weights' part included. Five standard errors, from 40 batches of 500 draws each; fails by
// chance with probability 1e-5 a number (Student's t with 39 degrees of freedom), 1e-4 in all.
TEST(StickingTheLanding, AgreesWithPathwiseOnAMixtureOnAverage) {
  Fit fit("mixture_normal");
  {
    const at::NoGradGuard no_grad;
    Tensor flat = fit.posterior->parameters().front();
    flat.copy_(at::linspace(-0.9, 1.1, flat.numel(), at::kDouble).sin());
  }
  std::vector<Tensor> differences;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    differences.push_back(fit.gradient(StickingTheLanding(), 500, seed) -
                          fit.gradient(Pathwise(), 500, seed));
  const Tensor all = at::stack(differences);
  const Tensor error = all.std(0) / std::sqrt(40.0);
  EXPECT_LT((all.mean(0).abs() / error.clamp_min(1e-12)).max().item<double>(), 5.0);
  EXPECT_GT(fit.gradient(Pathwise(), 500, 1).abs().max().item<double>(), 0.05);
}

// A flow that can be the identity, and a mixture whose components agree, are exact too.
TEST(StickingTheLanding, HoldsBehindFlowsAndForMixtures) {
  Fit flow("diag_normal",
           Json::array({resolved(info_in(flow_factory(), "spline_coupling"),
                                 {{"hidden_sizes", {8}}, {"count", 2}})}));
  flow.set({0, 0, 0, 0});
  flow.gradient(StickingTheLanding(), 7);
  for (const auto& parameter : flow.posterior->parameters())
    if (parameter.grad().defined()) {
      EXPECT_LT(parameter.grad().abs().max().item<double>(), 1e-12);
    }
  Fit mixture("mixture_normal");
  mixture.posterior->parameters().front().data().zero_();
  EXPECT_LT(mixture.gradient(StickingTheLanding(), 7).abs().max().item<double>(), 1e-12);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
