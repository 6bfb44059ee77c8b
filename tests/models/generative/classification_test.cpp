// Bayesian logistic regression: its density against the formula.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/models/generative/bayesian_network_classification.h"
#include "support/model_context.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

TEST(NetworkClassification, ScoresAsLogisticRegression) {
  RegressionOptions options;
  options.input_size = 2;
  options.hidden_sizes = {};
  BayesianNetworkClassification model(options, {/*scale=*/1.5, /*start_scale=*/0.05});
  model.to(at::kDouble);
  at::manual_seed(5);
  Batch batch{at::randn({6, 3}, at::kDouble), {0, 1, 2, 3, 4, 5}};
  batch.covariates = batch.x.narrow(1, 0, 2);
  batch.y = (batch.x.select(1, 2) > 0).to(at::kDouble);
  const Tensor weights = at::randn({4, 1, 3}, at::kDouble);  // matrix, then bias
  Trace latents;
  latents.add(Site("weights", nullptr, weights, /*is_observed=*/false, Scope::global));
  const Trace scored = model.score(batch, latents, testing::no_noise());
  // Weights are in units of 1 / sqrt(in + 1).
  const Tensor used = weights.squeeze(1) / std::sqrt(3.0);
  const Tensor logits = used.narrow(1, 0, 2).mm(batch.covariates.t()) + used.narrow(1, 2, 1);
  const Tensor signs = batch.y * 2 - 1;
  const Tensor expected = at::log_sigmoid(logits * signs);
  EXPECT_TRUE(at::allclose(scored.at("y").log_prob(), expected, 1e-6, 1e-6));
  const Tensor prior =
      (-(weights.squeeze(1) / 1.5).square() / 2 - std::log(1.5 * std::sqrt(2 * M_PI))).sum(1, true);
  EXPECT_TRUE(at::allclose(model.prior()->log_prob(weights), prior, 1e-6));
  const DistributionPtr response = model.responses(batch.covariates.unsqueeze(1), latents, 4);
  EXPECT_EQ(response->batch_shape(), (Shape{4, 6, 1}));
  EXPECT_TRUE(at::allclose(response->mean().squeeze(2), logits.sigmoid(), 1e-6));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
