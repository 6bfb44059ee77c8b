// Classes that never show a value: 0 of it cost nothing, one of it is impossible. Guards against 0
// times ln 0, which was NaN in the predictive densities of point masses.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/models/conjugate/mixture.h"
#include "models/conjugate/hidden_markov_support.h"
#include "models/conjugate/model_checks.h"
#include "support/data_context.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::golden_tensor;
using testing::info_in;
using testing::resolved;

Tensor one_row(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).unsqueeze(0);
}

struct MostLikely {
  std::shared_ptr<MixtureModel> model;
  Globals globals;
};

/// Maximum likelihood from the given responsibilities.
MostLikely most_likely(const Json& component, const Tensor& x, const Tensor& responsibilities) {
  Json node = resolved(MixtureModel::info(), {{"num_components", responsibilities.size(1)}});
  node["component"] =
      resolved(info_in(component_likelihood_factory(), component.at("type")), component);
  node["weights"] = resolved(info_in(mixture_weights_factory(), "dirichlet"));
  auto model =
      std::make_shared<MixtureModel>(ConfigNode(node), testing::data_of({x.size(1)}, x.size(0)));
  model->use_points({"all"}, /*is_flat=*/true);
  Globals globals(model->factors(), model->naturals_from(x, responsibilities));
  return {model, std::move(globals)};
}

/// Densities of possible examples, and what an impossible one gives everywhere.
void expect_densities(const MostLikely& fit,
                      const Tensor& possible,
                      const std::vector<double>& expected,
                      const Tensor& impossible) {
  const Tensor found = fit.model->log_predictive(possible, fit.globals);
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(found[static_cast<std::int64_t>(i)].item<double>(), expected[i], 1e-13) << i;
  EXPECT_TRUE(fit.model->log_predictive(impossible, fit.globals).isneginf().all().item<bool>());
  const LocalStep step = fit.model->local_step(impossible, fit.globals, {});
  EXPECT_TRUE(step.bound.isneginf().all().item<bool>());
  EXPECT_TRUE(std::isfinite(step.statistics.entropy));
  for (const auto& part : step.statistics.parts) EXPECT_FALSE(part.isnan().any().item<bool>());
  EXPECT_EQ(bound_of(*fit.model, step.statistics, fit.globals), -INFINITY);
  const Tensor shares = fit.model->encode(impossible, fit.globals).front().second;
  EXPECT_EQ(shares.abs().max().item<double>(), 0.0);
  EXPECT_TRUE(at::allclose(fit.model->encode(possible, fit.globals).front().second.sum(-1),
                           at::ones({possible.size(0)}, at::kDouble)));
}

TEST(ZeroProbability, BernoulliFeatureThatIsNeverOne) {
  const Tensor x = golden_tensor({{1, 0}, {0, 0}});
  const auto fit = most_likely({{"type", "bernoulli"}}, x, at::ones({2, 1}, at::kDouble));
  expect_densities(fit, x, {-std::log(2), -std::log(2)}, golden_tensor({{1, 1}, {0, 1}}));
}

TEST(ZeroProbability, PoissonRateOfZero) {
  const Tensor x = golden_tensor({{2, 0}, {4, 0}});
  const auto fit = most_likely({{"type", "poisson"}}, x, at::ones({2, 1}, at::kDouble));
  expect_densities(fit,
                   x,
                   {2 * std::log(3) - 3 - std::log(2), 4 * std::log(3) - 3 - std::log(24)},
                   one_row({1, 1}));
}

TEST(ZeroProbability, WordThatAClassNeverSaw) {
  // Classes with proportions (3/4, 1/4, 0, 0) and (0, 0, 1/2, 1/2), as many documents of each.
  const Tensor x = golden_tensor({{3, 1, 0, 0}, {0, 0, 2, 2}});
  const auto fit = most_likely({{"type", "multinomial"}}, x, golden_tensor({{1, 0}, {0, 1}}));
  expect_densities(fit,
                   golden_tensor({{3, 1, 0, 0}, {0, 0, 1, 1}}),
                   {std::log(0.5 * 4 * 27.0 / 256), std::log(0.5 * 2 * 0.25)},
                   one_row({1, 0, 1, 0}));
}

TEST(ZeroProbability, SymbolThatNoClassShows) {
  const Tensor x = golden_tensor({{0}, {1}, {1}, {2}});
  const Tensor owner = golden_tensor({{1, 0}, {0, 1}, {0, 1}, {1, 0}});
  const auto fit = most_likely({{"type", "categorical"}, {"num_symbols", 4}}, x, owner);
  expect_densities(fit, golden_tensor({{0}, {1}}), {std::log(0.25), std::log(0.5)}, one_row({3}));
}

// A Bernoulli class that lost all its examples has any probability, not 0 / 0.
TEST(ZeroProbability, ClassWithoutExamplesStaysPossible) {
  const Tensor x = golden_tensor({{1}, {0}});
  const auto fit = most_likely({{"type", "bernoulli"}}, x, golden_tensor({{1, 0}, {1, 0}}));
  EXPECT_NEAR(
      fit.model->log_predictive(x, fit.globals).sum().item<double>(), -2 * std::log(2), 1e-13);
}

TEST(ZeroProbability, SequencesOfSymbols) {
  // Two states that show 0 and 1 and always swap; the sequence begins in the first.
  const auto model =
      testing::hidden_markov(2, {3, 1}, {{"type", "categorical"}, {"num_symbols", 3}});
  model->use_points({"all"}, /*is_flat=*/true);
  const Globals globals(model->factors(),
                        {golden_tensor({1, 0}),
                         golden_tensor({{0, 1}, {1, 0}}),
                         golden_tensor({{1, 0, 0}, {0, 1, 0}})});
  const Tensor x = golden_tensor({{{0}, {1}, {0}}, {{0}, {0}, {1}}, {{2}, {1}, {0}}});
  const Tensor found = model->log_predictive(x, globals);
  EXPECT_EQ(found[0].item<double>(), 0.0);
  EXPECT_EQ(found[1].item<double>(), -INFINITY);
  EXPECT_EQ(found[2].item<double>(), -INFINITY);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
