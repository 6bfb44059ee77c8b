// What was not observed has no part in a density, nor in its gradient.
#include "elbow/probability/distributions/masked.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/distributions/independent.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

// At 0, which stands where nothing was observed, the density of a gamma is 0 or infinite.
TEST(Masked, ScoresWhatWasSeenWithFiniteGradients) {
  const Tensor log_shape = at::tensor({-0.5, 0.3, 1.0}, at::kDouble).requires_grad_(),
               log_rate = at::zeros({3}, at::kDouble);
  const auto elements = std::make_shared<Gamma>(log_shape, log_rate);
  const auto event = std::make_shared<Independent>(elements, 1);
  const Tensor x = at::tensor({0.0, 1.5, 2.5, 0.5, 0.0, 0.0}, at::kDouble).view({2, 3});
  const Tensor seen = x != 0;
  const DistributionPtr p = observed_part(event, seen);
  EXPECT_EQ(p->event_shape(), Shape{3});
  const Tensor each = elements->log_prob(at::where(seen, x, at::ones_like(x)));
  const Tensor expected = (each * seen).sum(1);
  const Tensor found = p->log_prob(x);
  EXPECT_LT((found - expected).abs().max().item<double>(), 1e-14);
  const Tensor slope = torch::autograd::grad({found.sum()}, {log_shape})[0];
  EXPECT_TRUE(slope.isfinite().all().item<bool>()) << slope;
  EXPECT_TRUE(at::equal(p->mean(), event->mean()));
}

TEST(Masked, NothingChangesWithoutAMaskAndDependentElementsAreRefused) {
  const Tensor loc = at::zeros({2, 3}, at::kDouble);
  const DistributionPtr joint =
      std::make_shared<FullRankNormal>(loc, at::eye(3, at::kDouble).expand({2, 3, 3}));
  EXPECT_EQ(observed_part(joint, {}), joint);
  EXPECT_THROW(observed_part(joint, at::ones({2, 3}, at::kBool)), UsageError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
