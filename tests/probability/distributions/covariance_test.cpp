#include "elbow/probability/distributions/covariance.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/location_scale.h"
#include "elbow/probability/distributions/low_rank_normal.h"
#include "elbow/probability/distributions/mixture_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/one_hot_categorical.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Tensor drawn(at::IntArrayRef shape, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kDouble)) * 0.5;
}

std::vector<DistributionPtr> vectors() {
  const Tensor loc = drawn({2, 3}, 1), log_scale = drawn({2, 3}, 2);
  return {std::make_shared<DiagNormal>(loc, log_scale),
          std::make_shared<FullRankNormal>(
              loc, drawn({2, 3, 3}, 3).tril(-1) + at::diag_embed(log_scale.exp())),
          std::make_shared<LowRankNormal>(loc, drawn({2, 3, 2}, 4), log_scale),
          std::make_shared<Independent>(std::make_shared<Laplace>(loc, log_scale), 1)};
}

// Five standard errors of 400,000 draws, of a kurtosis of at most 6: a false alarm in one of
// 600,000 for each number, and the seed is fixed. The diagonal is the variance.
TEST(Covariance, IsTheOneOfTheDraws) {
  for (const DistributionPtr& p : vectors()) {
    const Tensor found = *covariance(*p);
    ASSERT_EQ(found.sizes(), (Shape{2, 3, 3})) << p->name();
    EXPECT_LT((found.diagonal(0, -2, -1) - p->variance()).abs().max().item<double>(), 1e-12)
        << p->name();
    GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(5));
    const Tensor centred = p->sample({400000}, source) - p->mean();
    const Tensor sampled = at::einsum("kbi,kbj->bij", {centred, centred}) / 400000;
    const Tensor scale = at::einsum("bi,bj->bij", {p->variance().sqrt(), p->variance().sqrt()});
    // Relative to the scales: sqrt(6 / 400,000) * 5 = 0.019.
    EXPECT_LT(((sampled - found) / scale).abs().max().item<double>(), 0.02) << p->name();
  }
}

TEST(Covariance, IsOfferedOnlyWhereItIsKnown) {
  const MixtureNormal mixture(drawn({4}, 1), drawn({4, 3}, 2), drawn({4, 3}, 3));
  EXPECT_FALSE(covariance(mixture));
  EXPECT_FALSE(covariance(OneHotCategorical(drawn({2, 3}, 4)))) << "classes exclude each other";
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
