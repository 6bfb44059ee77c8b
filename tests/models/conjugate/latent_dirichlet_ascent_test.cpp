// What coordinate ascent over latent Dirichlet allocation must hold, whatever it is set to.
#include "models/conjugate/latent_dirichlet_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::ascend;
using testing::generator;
using testing::lda;
using testing::random_counts;
using testing::start_of;

/// How the model is set up.
struct Setting {
  std::string name;
  Json keys;
  bool is_point = false, is_flat = false;
};

std::vector<Setting> settings() {
  const Json tight = {{"tolerance", 1e-10}, {"alpha", 0.3}, {"eta", 0.2}};
  const auto with = [&](Json keys) {
    Json out = tight;
    out.update(keys);
    return out;
  };
  return {{"fixed", tight},
          {"one_sweep", with({{"sweeps", 1}})},
          {"golden_ratio", with({{"start", "golden_ratio"}})},
          {"symmetric", with({{"learn_alpha", "symmetric"}})},
          {"asymmetric", with({{"learn_alpha", "asymmetric"}})},
          {"eta", with({{"learn_eta", true}})},
          {"all_learned", with({{"learn_alpha", "asymmetric"}, {"learn_eta", true}})},
          {"symmetric_and_eta", with({{"learn_alpha", "symmetric"}, {"learn_eta", true}})},
          {"point", with({{"eta", 1.3}}), true},
          {"point_at_one", with({{"eta", 1.0}, {"learn_alpha", "asymmetric"}}), true},
          {"flat", tight, true, true},
          {"flat_symmetric", with({{"learn_alpha", "symmetric"}}), true, true}};
}

class LatentDirichletSetting : public ::testing::TestWithParam<Setting> {
 protected:
  LatentDirichletSetting() {
    if (GetParam().is_point) model->use_points({"all"}, GetParam().is_flat);
    globals = std::make_unique<Globals>(start_of(*model, x));
  }
  Tensor x = random_counts(14, 3, 20, 5).to_sparse_csr();
  std::shared_ptr<LatentDirichlet> model = lda(3, 20, GetParam().keys);
  std::unique_ptr<Globals> globals;
  Tensor local;
};

TEST_P(LatentDirichletSetting, CoordinateAscentNeverLowersTheBound) {
  double before = ascend(*model, x, *globals, local);
  for (int i = 1; i < 30; ++i) {
    const double bound = ascend(*model, x, *globals, local);
    ASSERT_TRUE(std::isfinite(bound)) << "iteration " << i;
    EXPECT_GE(bound, before - 1e-9 * std::abs(before)) << "iteration " << i;
    before = bound;
  }
}

TEST_P(LatentDirichletSetting, BoundsOfDocumentsAddUpToTheBoundOfStatistics) {
  for (int i = 0; i < 3; ++i) ascend(*model, x, *globals, local);
  const LocalStep step = model->local_step(x, *globals, local);
  const double sum = step.bound.sum().item<double>();
  EXPECT_NEAR(sum,
              model->expected_log_joint(step.statistics, *globals) + step.statistics.entropy,
              1e-10 * std::abs(sum));
}

TEST_P(LatentDirichletSetting, StatisticsOfTwoBatchesAddUp) {
  const LocalStep whole = model->local_step(x, *globals, {});
  const Tensor dense = x.to_dense();
  Statistics sum =
      model->local_step(dense.narrow(0, 0, 5).to_sparse_csr(), *globals, {}).statistics;
  sum.add(model->local_step(dense.narrow(0, 5, 9).to_sparse_csr(), *globals, {}).statistics);
  for (std::size_t i = 0; i < sum.parts.size(); ++i)
    EXPECT_TRUE(at::allclose(sum.parts[i], whole.statistics.parts[i], 1e-12, 1e-12)) << i;
  EXPECT_NEAR(sum.entropy, whole.statistics.entropy, 1e-9);
  EXPECT_NEAR(sum.constant, whole.statistics.constant, 1e-9);
  EXPECT_EQ(sum.count, 14.0);
}

/// The factor's numbers with relative noise: one for all where they are bound to be equal.
Tensor perturbed(const GlobalFactor& factor,
                 const Json& keys,
                 const Tensor& natural,
                 double size,
                 at::Generator& g) {
  const bool is_shared = factor.name == "alpha" && keys.value("learn_alpha", "") == "symmetric";
  const Tensor noise =
      is_shared ? at::randn({1}, g, at::kDouble) : at::randn(natural.sizes(), g, at::kDouble);
  return natural + natural.abs() * noise * size;
}

bool is_inside(const GlobalFactor& factor, const Tensor& natural) {
  if (!factor.family) return natural.gt(0).all().item<bool>();
  if (factor.is_point) return natural.ge(0).all().item<bool>();
  return factor.family->problem(natural).empty();
}

TEST_P(LatentDirichletSetting, EveryOptimumBeatsItsNeighbours) {
  for (int i = 0; i < 4; ++i) ascend(*model, x, *globals, local);
  const Statistics statistics = model->local_step(x, *globals, local).statistics;
  at::Generator g = generator(31);
  for (std::size_t i = 0; i < globals->size(); ++i) {
    const GlobalFactor& factor = model->factors()[i];
    globals->set(i, model->optimum(i, statistics, *globals));
    const double best = bound_of(*model, statistics, *globals);
    for (const double size : {1e-3, 1e-2, 1e-1}) {
      int tried = 0;
      for (int attempt = 0; attempt < 20000 && tried < 20; ++attempt) {
        const Tensor other = perturbed(factor, GetParam().keys, globals->natural(i), size, g);
        if (!is_inside(factor, other)) continue;
        Globals near = *globals;
        near.set(i, other);
        EXPECT_LT(bound_of(*model, statistics, near), best) << factor.name << " " << size;
        ++tried;
      }
      EXPECT_EQ(tried, 20) << factor.name << " " << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(LatentDirichlet,
                         LatentDirichletSetting,
                         ::testing::ValuesIn(settings()),
                         [](const auto& row) { return row.param.name; });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
