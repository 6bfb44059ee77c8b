// The weights of draws of a Bayesian net's weights: their mean is the bound of the whole data set.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/models/generative/supervised_model.h"
#include "elbow/runs/evaluate/guide_draws.h"
#include "elbow/runs/evaluate/response_mixture.h"
#include "runs/evaluate/finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::finished_run;
using testing::TemporaryFolder;

// The other road: expected log densities of other draws, and the KL in closed form. 5 standard
// errors of both, false alarm below 6e-7; fixed seeds.
TEST(ResponseWeights, HaveTheBoundOfTheWholeDataSetAsTheirMean) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kSharedWeights);
  const auto dataset = run.load_data();
  const Tensor log_weights = log_weights_of_responses(run, *dataset);
  ASSERT_EQ(log_weights.numel(), 1000);
  const Batch batch = dataset->batch("train", row_range(0, dataset->size("train")), /*epoch=*/0);
  const auto [inputs, y] = inputs_and_responses(batch);
  constexpr std::int64_t kDraws = 4000;
  const ResponseMixture mixture(
      *run.modules.model->response_model(), *run.modules.guide, kDraws, /*seed=*/99);
  const auto answer = mixture.at(inputs, y, row_range(0, inputs.size(0)));
  const Tensor of_draws = answer.log_densities.flatten(1).sum(1);
  const double bound = (of_draws.mean() - mixture.kl().sum()).item<double>();
  const double error = std::hypot(log_weights.std().item<double>() / std::sqrt(1000.0),
                                  of_draws.std().item<double>() / std::sqrt(1.0 * kDraws));
  EXPECT_NEAR(log_weights.mean().item<double>(), bound, 5 * error);
  EXPECT_LT(error, 0.05 * std::abs(bound));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
