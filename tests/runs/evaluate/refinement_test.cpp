// Inner steps move an encoder's answer toward the exact posterior, example by example.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/neural/nn/network.h"
#include "elbow/runs/evaluate/refinement.h"
#include "support/linear_gaussian.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::LinearGaussian;
using testing::LinearGaussianPair;
using testing::resolved;

constexpr std::int64_t kData = 5, kLatents = 2, kBatch = 4;

struct Fixture {
  LinearGaussianPair pair;
  std::shared_ptr<Posterior> posterior;
  Tensor x;

  static Fixture make(const std::string& family = "diag_normal") {
    at::manual_seed(4);
    const LinearGaussian truth = LinearGaussian::make(kData, kLatents, 0.7);
    const Json network =
        resolved(info_in(network_factory(), "mlp"), {{"hidden_sizes", Json::array({4})}});
    const Json guide = {
        {"posterior", resolved(info_in(posterior_factory(), family), {{"network", network}})},
        {"flows", Json::array()}};
    auto posterior = make_posterior(ConfigNode(guide, "guide"), BuildContext{{kLatents}, {kData}});
    posterior->to(at::kDouble);
    const Tensor z = at::randn({kBatch, kLatents}, at::kDouble);
    return {
        LinearGaussianPair(truth),
        posterior,
        z.matmul(truth.weight.t()) + truth.bias + 0.7 * at::randn({kBatch, kData}, at::kDouble)};
  }

  /// Largest distance of the means from the exact posterior's.
  double distance(const Distribution& q) const {
    return (q.mean() - pair.truth.posterior_mean(x)).abs().max().item<double>();
  }
};

const std::vector<std::int64_t> kRows{10, 11, 12, 13};

// No single draw of a mixture can be differentiated through: its gradient is taken by strata.
TEST(Refinement, ReachesTheExactPosteriorOfALinearGaussianModel) {
  for (const char* family : {"diag_normal", "mixture_normal"}) {
    Fixture f = Fixture::make(family);
    const double before = f.distance(*f.posterior->forward(f.x));
    RefinementOptions options;
    options.steps = 800;
    options.particles = 32;
    const auto q = refine(*f.pair.model, *f.posterior, {f.x, kRows}, options);
    EXPECT_GT(before, 0.3) << family;
    // The noise of the last steps keeps a distance of about rate x sqrt(gradient noise).
    EXPECT_LT(f.distance(*q), 0.05) << family;
    const Tensor variance = f.pair.truth.posterior_variance();
    EXPECT_LT((q->variance() / variance - 1).abs().max().item<double>(), 0.15) << family;
  }
}

TEST(Refinement, AnExampleIsAloneWithItsNoise) {
  Fixture f = Fixture::make();
  RefinementOptions options;
  options.steps = 20;
  const auto all = refine(*f.pair.model, *f.posterior, {f.x, kRows}, options);
  const auto one = refine(*f.pair.model, *f.posterior, {f.x.narrow(0, 2, 1), {12}}, options);
  EXPECT_LT((all->mean()[2] - one->mean()[0]).abs().max().item<double>(), 1e-12);
  for (const auto& parameter : f.posterior->parameters())
    EXPECT_FALSE(parameter.grad().defined()) << "the encoder must stay as it is";
}

TEST(Refinement, NoStepsLeaveTheEncodersAnswer) {
  Fixture f = Fixture::make();
  const auto q = refine(*f.pair.model, *f.posterior, {f.x, kRows}, RefinementOptions{});
  EXPECT_TRUE(at::equal(q->mean(), f.posterior->forward(f.x)->mean()));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
