// Every pair of objective and estimator that the factory marks unbiased: the mean of 10^5 gradients
// against the exact gradient of the K-sample objective. Five standard errors: a comparison fails by
// chance with probability 6e-7, and there are fewer than 1000 of them.
#include <gtest/gtest.h>

#include "inference/estimators/gradient_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace testing;

constexpr std::int64_t kDraws = 100000;

struct Pair {
  std::string objective, estimator;
  Json options = Json::object();  ///< of the estimator
};

/// Every kind of the estimators that have several, for the two objectives that stand for the
/// others: an average over particles, and none.
std::vector<Json> kinds_of(const std::string& objective, const std::string& estimator) {
  const bool stands_for_others = objective == "elbo" || objective == "iwae";
  std::vector<Json> out;
  if (estimator == "vimco") out = {{{"mean", "geometric"}}, {{"mean", "arithmetic"}}};
  if (estimator == "score_function")
    out = {{{"baseline", "leave_one_out"}},
           {{"baseline", "none"}},
           {{"baseline", "moving_average"}},
           {{"baseline", "learned"}}};
  if (out.empty()) return {Json::object()};
  if (!stands_for_others) out.resize(1);
  return out;
}

std::vector<Pair> unbiased_pairs(const std::vector<std::string>& latents) {
  std::vector<Pair> out;
  for (const auto& row : objective_factory().rows())
    for (const auto& name : std::get<ObjectiveTraits>(row.info.traits).unbiased) {
      const ComponentInfo& info = info_in(estimator_factory(), name);
      const std::string kind = word_of(std::get<EstimatorTraits>(info.traits).latents);
      if (std::find(latents.begin(), latents.end(), kind) == latents.end()) continue;
      for (const Json& options : kinds_of(row.info.name, info.name))
        out.push_back({row.info.name, info.name, options});
    }
  return out;
}

std::string title(const Pair& pair) {
  std::string out = pair.objective + "_" + pair.estimator;
  for (const auto& [key, value] : pair.options.items()) out += "_" + value.get<std::string>();
  return out;
}

class NormalPairs : public ::testing::TestWithParam<Pair> {};
INSTANTIATE_TEST_SUITE_P(All,
                         NormalPairs,
                         ::testing::ValuesIn(unbiased_pairs({"any", "continuous"})),
                         [](const auto& test) { return title(test.param); });

TEST_P(NormalPairs, MeanIsTheExactGradient) {
  const ComponentInfo& info = info_in(objective_factory(), GetParam().objective);
  Json options = particles(info, 2);
  // One group of two: the mean over groups has the same gradient as one of them.
  if (info.name == "miwae") options = {{"num_groups", 1}, {"group_size", 2}};
  const auto objective = make_objective(info.name, options);
  NormalModel model;
  NormalGuide guide;
  // The maximum has kinks, for which the rule needs a finer grid.
  const Gradients exact = exact_normal_gradients(*objective, info.name == "vr_max" ? 0.5 : 0.7);
  const auto estimator = make_estimator(GetParam().estimator, GetParam().options);
  const Gradients found = gradient_draws(model, guide, *estimator, *objective, kDraws);
  EXPECT_LT(worst_error(found.model, exact.model), 5.0) << found.model.mean(0) << exact.model;
  EXPECT_LT(worst_error(found.guide, exact.guide), 5.0) << found.guide.mean(0) << exact.guide;
}

class BernoulliPairs : public ::testing::TestWithParam<Pair> {};
INSTANTIATE_TEST_SUITE_P(All,
                         BernoulliPairs,
                         ::testing::ValuesIn(unbiased_pairs({"any"})),
                         [](const auto& test) { return title(test.param); });

TEST_P(BernoulliPairs, MeanIsTheExactGradientOfTwoSites) {
  const auto objective = make_objective(
      GetParam().objective, particles(info_in(objective_factory(), GetParam().objective), 4));
  BernoulliModel model;
  BernoulliGuide guide;
  const Gradients exact =
      exact_bernoulli_gradients(model, guide, {{"u", 1}, {"z", 1}}, *objective, 4);
  const auto estimator = make_estimator(GetParam().estimator, GetParam().options);
  const Gradients found = gradient_draws(model, guide, *estimator, *objective, kDraws);
  EXPECT_LT(worst_error(found.model, exact.model), 5.0) << found.model.mean(0) << exact.model;
  EXPECT_LT(worst_error(found.guide, exact.guide), 5.0) << found.guide.mean(0) << exact.guide;
}

class VectorPairs : public ::testing::TestWithParam<Pair> {};
INSTANTIATE_TEST_SUITE_P(All,
                         VectorPairs,
                         ::testing::ValuesIn(unbiased_pairs({"discrete", "binary"})),
                         [](const auto& test) { return title(test.param); });

TEST_P(VectorPairs, MeanIsTheExactGradientOfOneSite) {
  for (const char* kl : {"monte_carlo", "auto"}) {
    const auto objective = make_objective(GetParam().objective, {{"kl", kl}});
    BernoulliPairModel model;
    BernoulliPairGuide guide;
    const Gradients exact = exact_bernoulli_gradients(model, guide, {{"z", 2}}, *objective, 1);
    const auto estimator = make_estimator(GetParam().estimator);
    const Gradients found = gradient_draws(model, guide, *estimator, *objective, kDraws);
    EXPECT_LT(worst_error(found.model, exact.model), 5.0) << kl;
    EXPECT_LT(worst_error(found.guide, exact.guide), 5.0) << kl;
  }
}

// Closed forms in place of draws, and beta: what of the signal is left is judged alike.
TEST(ScoreFunction, ClosedFormsAndBetaKeepTheMean) {
  for (const char* kl : {"monte_carlo", "auto"}) {
    const auto objective =
        make_objective("elbo", {{"kl", kl}, {"beta", 1.7}, {"num_particles", 2}});
    const auto estimator = make_estimator("score_function", {{"baseline", "leave_one_out"}});
    NormalModel model;
    NormalGuide guide;
    const Gradients exact = exact_normal_gradients(*objective);
    const Gradients found = gradient_draws(model, guide, *estimator, *objective, kDraws);
    EXPECT_LT(worst_error(found.model, exact.model), 5.0) << kl;
    EXPECT_LT(worst_error(found.guide, exact.guide), 5.0) << kl;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
