// Densities of transformed distributions: they integrate to one, by quadrature where there is an
// inverse and by importance weights where there is none.
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <cmath>

#include "elbow/neural/flows/flow_stack.h"
#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/mixture.h"
#include "elbow/probability/distributions/normal.h"
#include "neural/flows/support.h"
#include "support/seeded.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::build;
using testing::context_for;
using testing::draw;
using testing::flow_variants;
using testing::FlowVariant;
using testing::is_finite;
using testing::largest_difference;
using testing::perturb;
using testing::seeded;

// Two layers of a kind on a plane, at random weights, over a normal that is not standard.
DistributionPtr on_plane(const FlowVariant& variant) {
  Json overrides = variant.overrides;
  overrides["count"] = 2;
  at::manual_seed(1);
  const ConfigNode node(testing::flow_json(variant.row, overrides), "guide.flows");
  FlowStack stack({node}, testing::flow_context(2, variant.has_context()));
  stack.to(at::kDouble);
  // Steep splines would need a finer grid than there is time for.
  perturb(stack, variant.row.find("spline") == std::string::npos ? 0.3 : 0.1);
  const auto base =
      std::make_shared<DiagNormal>(draw({1, 2}, 21) * 0.3, draw({1, 2}, 22) * 0.1 - 0.2);
  const Tensor context = context_for(stack, {1});
  const auto transform = stack.forward(context.defined() ? context * 0.5 : context);
  return std::make_shared<TransformedDistribution>(base, transform)->detach();
}

class Densities : public ::testing::TestWithParam<FlowVariant> {};
INSTANTIATE_TEST_SUITE_P(All, Densities, ::testing::ValuesIn(flow_variants()), testing::label_of);

// Every point of a square grid, [N, 2].
Tensor grid(double reach, double step) {
  const Tensor line = at::arange(-reach, reach, step, at::TensorOptions(at::kDouble));
  const std::int64_t count = line.size(0);
  return at::stack({line.unsqueeze(1).expand({count, count}).reshape({-1}),
                    line.unsqueeze(0).expand({count, count}).reshape({-1})},
                   1);
}

bool scores_any_value(const FlowVariant& variant) { return build(variant, 2)->has_inverse(); }

class ScorableDensities : public Densities {};
INSTANTIATE_TEST_SUITE_P(All,
                         ScorableDensities,
                         ::testing::ValuesIn(testing::variants_where(scores_any_value)),
                         testing::label_of);

class DensitiesOfDraws : public Densities {};
INSTANTIATE_TEST_SUITE_P(
    All,
    DensitiesOfDraws,
    ::testing::ValuesIn(testing::variants_where([](const FlowVariant& variant) {
      return !scores_any_value(variant);
    })),
    testing::label_of);

TEST_P(DensitiesOfDraws, RefuseOtherValues) {
  EXPECT_THROW(on_plane(GetParam())->log_prob(at::zeros({1, 2}, at::kDouble)), c10::Error);
}

TEST_P(ScorableDensities, IntegrateToOne) {
  const auto q = on_plane(GetParam());
  const at::NoGradGuard no_grad;
  const double reach = 12, step = 0.06;
  const Tensor density = q->log_prob(grid(reach, step).unsqueeze(1)).exp();
  // Radial maps and splines have no second derivative everywhere, and the rule converges slower.
  EXPECT_NEAR((density.sum() * (step * step)).item<double>(), 1.0, 2e-4);
}

TEST_P(Densities, WeightsOfAKnownDensityHaveMeanOne) {
  const auto q = on_plane(GetParam());
  const at::NoGradGuard no_grad;
  auto source = seeded(31);
  const std::int64_t count = 200000;
  const auto [y, log_q] = q->rsample_and_log_prob({count}, source);
  // Narrower than q and around one of its draws' mean, so that the weights f/q are bounded.
  const Tensor centre = y.mean(0), log_width = (y.std(0, /*unbiased=*/true) * 0.3).log();
  const Tensor weights = (DiagNormal(centre, log_width).log_prob(y) - log_q).exp();
  const double error = weights.std(/*unbiased=*/true).item<double>() / std::sqrt(count);
  EXPECT_LT(error, 0.05) << "weights too uneven to tell anything";
  // Five standard errors: fails by chance with probability 6e-7, and never once the seed passed.
  EXPECT_LT(std::abs(weights.mean().item<double>() - 1), 5 * error);
}

TEST_P(Densities, OnePassAgreesWithTheInverse) {
  const auto q = on_plane(GetParam());
  auto source = seeded(32);
  const auto [y, log_q] = q->rsample_and_log_prob({50}, source);
  auto again = seeded(32);
  EXPECT_TRUE(at::equal(q->rsample({50}, again), y));
  if (q->traits().scores_any_value) {
    EXPECT_LT(largest_difference(q->log_prob(y), log_q), 1e-9);
  }
}

std::shared_ptr<const TransformedDistribution> example(bool has_inverse, const Tensor& loc) {
  auto layer = build({"", "planar", {{"numeric_inverse", has_inverse}}, 0}, /*size=*/3, /*seed=*/2);
  perturb(*layer, 0.3);
  const auto base = std::make_shared<DiagNormal>(loc, draw({4, 3}, 2) * 0.1);
  return std::make_shared<TransformedDistribution>(base, layer->forward({}));
}

TEST(TransformedDistribution, ShapesAndNamesFollowTheBase) {
  const auto q = example(true, draw({4, 3}, 1));
  auto source = seeded(1);
  EXPECT_EQ(q->name(), "transformed");
  EXPECT_EQ(q->batch_shape(), (Shape{4}));
  EXPECT_EQ(q->event_shape(), (Shape{3}));
  const auto [y, log_q] = q->rsample_and_log_prob({5, 2}, source);
  EXPECT_EQ(y.sizes(), (Shape{5, 2, 4, 3}));
  EXPECT_EQ(log_q.sizes(), (Shape{5, 2, 4}));
  EXPECT_EQ(q->log_prob(y).sizes(), log_q.sizes());
  std::vector<std::string> names;
  for (const auto& [name, value] : q->parameters()) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "base.loc", "base.log_scale", "transform.u", "transform.w", "transform.b"}));
}

TEST(TransformedDistribution, GradientsFlowThroughDrawsAndDetachCutsThem) {
  const Tensor loc = draw({4, 3}, 1).requires_grad_();
  const auto q = example(true, loc);
  auto source = seeded(1), again = seeded(1);
  const auto [y, log_q] = q->rsample_and_log_prob({5}, source);
  (y.sin().sum() + log_q.sum()).backward();
  EXPECT_TRUE(is_finite(loc.grad()));
  EXPECT_GT(loc.grad().abs().max().item<double>(), 0.0);
  EXPECT_FALSE(q->sample({5}, again).requires_grad());
  // The path derivative: through the value, not through the parameters.
  const Tensor value = y.detach().requires_grad_();
  loc.mutable_grad().zero_();
  q->detach()->log_prob(value).sum().backward();
  EXPECT_GT(value.grad().abs().max().item<double>(), 0.0);
  EXPECT_EQ(loc.grad().abs().max().item<double>(), 0.0);
}

TEST(TransformedDistribution, RefusesWhatHasNoClosedForm) {
  const auto q = example(false, draw({4, 3}, 1));
  EXPECT_FALSE(q->traits().scores_any_value);
  EXPECT_THROW(q->mean(), c10::Error);
  EXPECT_THROW(q->variance(), c10::Error);
  try {
    q->entropy();
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_THAT(error.what_without_backtrace(), ::testing::HasSubstr("no closed form"));
  }
  EXPECT_THROW(TransformedDistribution(std::make_shared<Normal>(at::zeros({3}), at::zeros({3})),
                                       q->transform().detach()),
               c10::Error);
}

// A wrapper that forgot one would let an estimator ask a flow for what it cannot give.
TEST(TransformedDistribution, WrappersDeriveTheirTraitsFromTheirBase) {
  for (const bool has_inverse : {true, false}) {
    const auto q = example(has_inverse, draw({4, 3}, 1));
    const Distribution::Traits product = Independent(q, 1).traits();
    EXPECT_EQ(product.scores_any_value, has_inverse);
    EXPECT_TRUE(product.has_rsample && product.knows_density_of_draws);
    EXPECT_FALSE(product.has_moments || product.is_discrete);
    const Distribution::Traits mixture = Mixture(at::zeros({4}, at::kDouble), q).traits();
    EXPECT_EQ(mixture.scores_any_value, has_inverse);
    EXPECT_FALSE(mixture.has_rsample || mixture.knows_density_of_draws);
    EXPECT_FALSE(mixture.has_moments || mixture.is_discrete);
  }
  EXPECT_TRUE(Normal(at::zeros({3}), at::zeros({3})).traits().scores_any_value);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
