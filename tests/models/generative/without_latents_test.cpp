// Models without a decoder: a target has no data, a density no latents.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/models/generative/density_model.h"
#include "elbow/models/generative/family_prior.h"
#include "elbow/models/generative/target_model.h"
#include "elbow/neural/conditional/family.h"
#include "support/model_context.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::no_noise;
using testing::resolved;

FamilyPtr full_rank(std::int64_t size) {
  const Json value =
      resolved(info_in(posterior_factory(), "full_rank_normal"), {{"network", nullptr}});
  return posterior_factory().create(ConfigNode(value, "posterior"), BuildContext{{size}});
}

TargetPtr correlated_gaussian(double correlation) {
  const Json value =
      resolved(info_in(target_factory(), "gaussian"), {{"correlation", correlation}});
  return target_factory().create(ConfigNode(value, "target"));
}

TEST(TargetModel, AnExactGuideHasTheNormaliserInEveryDraw) {
  TargetModel model(correlated_gaussian(0.6));
  // Cholesky factor of ((1, 0.6), (0.6, 1)): rows (1, 0) and (0.6, 0.8).
  const Tensor flat = at::tensor({0.0, 0.0, 0.0, std::log(0.8), 0.6}, at::kDouble);
  const auto q = full_rank(2)->distribution(flat);
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(1));
  const auto [z, log_q] = q->rsample_and_log_prob({4, 3}, source);
  Trace guide;
  guide.add(Site("z", q, z, /*is_observed=*/false));
  const Trace trace = model.score({at::zeros({3})}, guide, no_noise());
  const Tensor log_weights = trace.at("z").log_prob() - log_q;
  EXPECT_LT((log_weights - *model.target()->log_normaliser()).abs().max().item<double>(), 1e-12);
  EXPECT_EQ(model.decoder(), nullptr);
}

TEST(TargetModel, SaysThatATargetHasNoExactDraws) {
  const Json value = resolved(info_in(target_factory(), "u1"));
  TargetModel model(target_factory().create(ConfigNode(value, "target")));
  GeneratorSource source;
  EXPECT_THROW(model.sample(3, {source}), UsageError);
}

TEST(DensityModel, ScoresAndDrawsPicturesAsVectors) {
  DensityModel model(std::make_shared<FamilyPrior>(full_rank(6), /*is_learned=*/true), {1, 2, 3});
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(1));
  const Tensor x = model.sample(5, {source}).at("x").value();
  EXPECT_EQ(x.sizes(), (Shape{5, 1, 2, 3}));
  const Trace trace = model.score({x}, Trace(), no_noise());
  EXPECT_EQ(trace.at("x").log_prob().sizes(), (Shape{1, 5}));
  const Tensor expected = model.density()->log_prob(x.flatten(1));
  EXPECT_TRUE(at::equal(trace.at("x").log_prob()[0], expected));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
