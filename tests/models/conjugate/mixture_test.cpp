// Mixtures against runs written from the textbook (scripts/make_golden_mixture.py), iteration by
// iteration.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/models/conjugate/mixture.h"
#include "models/conjugate/model_checks.h"
#include "support/data_context.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::expect_ascent;
using testing::expect_optima_beat_neighbours;
using testing::expect_sums;
using testing::golden_file;
using testing::golden_tensor;
using testing::info_in;
using testing::resolved;
using testing::start_of;

const Json& golden() {
  static const Json value = golden_file("mixture.json");
  return value;
}

std::shared_ptr<MixtureModel> mixture(std::int64_t num_components,
                                      const Json& component,
                                      const Json& weights,
                                      const Tensor& x,
                                      const Json& keys = Json::object()) {
  Json node = resolved(MixtureModel::info(), keys);
  node["num_components"] = num_components;
  node["component"] =
      resolved(info_in(component_likelihood_factory(), component.at("type")), component);
  node["weights"] = resolved(info_in(mixture_weights_factory(), weights.at("type")), weights);
  return std::make_shared<MixtureModel>(ConfigNode(node), testing::data_of({x.size(1)}, x.size(0)));
}

/// One E-step and M-step. @return the bound between them
double iterate(const MixtureModel& model, const Tensor& x, Globals& globals) {
  const LocalStep step = model.local_step(x, globals, {});
  const double bound = bound_of(model, step.statistics, globals);
  EXPECT_NEAR(fixed_sum(step.bound),
              model.expected_log_joint(step.statistics, globals) + step.statistics.entropy,
              1e-10 * std::abs(bound));
  for (std::size_t i = 0; i < globals.size(); ++i)
    globals.set(i, model.optimum(i, step.statistics, globals));
  return bound;
}

TEST(Mixture, FollowsTheTextbookIterationByIteration) {
  for (const auto& run : golden().at("variational")) {
    const Tensor x = golden_tensor(run.at("x")), start = golden_tensor(run.at("start"));
    const auto model = mixture(start.size(1), run.at("component"), run.at("weights"), x);
    Globals globals(model->factors(), model->naturals_from(x, start));
    const std::string name = run.at("component").at("type");
    Globals last = globals;
    for (const auto& expected : run.at("elbo")) {
      last = globals;
      EXPECT_NEAR(iterate(*model, x, globals), expected.get<double>(), 1e-8) << name;
    }
    const auto ordinary = model->factors().back().family->ordinary(last.natural(1));
    for (const auto& [key, value] : ordinary) {
      const Tensor expected = golden_tensor(run.at("parameters").at(key));
      EXPECT_LE((value - expected).abs().max().item<double>(), 1e-8) << name << " " << key;
    }
    const Tensor responsibilities = model->encode(x, last).front().second;
    EXPECT_LE(
        (responsibilities - golden_tensor(run.at("responsibilities"))).abs().max().item<double>(),
        1e-8);
  }
}

/// Natural parameters of N examples whose maximum-likelihood estimate is the given one.
Tensor normal_wishart_at(const Tensor& mean, const Tensor& precision, double count) {
  const Tensor second = precision.inverse() + mean.outer(mean);
  return at::cat({at::tensor({0.5 * count}, at::kDouble),
                  second.flatten() * (-0.5 * count),
                  mean * count,
                  at::tensor({-0.5 * count}, at::kDouble)});
}

TEST(Mixture, PointMassesWithoutPriorsAreScikitLearnsEm) {
  const Json& run = golden().at("em");
  const Tensor x = golden_tensor(run.at("x"));
  const auto model = mixture(2, {{"type", "normal_full"}}, {{"type", "dirichlet"}}, x);
  model->use_points({"all"}, /*is_flat=*/true);
  std::vector<Tensor> components;
  for (std::size_t k = 0; k < 2; ++k)
    components.push_back(normal_wishart_at(
        golden_tensor(run.at("means")[k]), golden_tensor(run.at("precisions")[k]), 50));
  const Tensor weights =
      at::tensor(run.at("weights").get<std::vector<double>>(), at::kDouble) * 100;
  Globals globals(model->factors(), {weights, at::stack(components)});
  for (const auto& expected : run.at("log_likelihood"))
    EXPECT_NEAR(iterate(*model, x, globals) / static_cast<double>(x.size(0)),
                expected.get<double>(),
                1e-10);
}

TEST(Mixture, HardAssignmentsWithEqualWeightsAreLloydsKMeans) {
  const Json& run = golden().at("lloyd");
  const Tensor x = golden_tensor(run.at("x")), centres = golden_tensor(run.at("centres"));
  // Soft assignments with hardly any noise end the same way.
  for (const double variance : {1.0, 1e-9}) {
    const bool is_hard = variance == 1.0;
    const auto model = mixture(4,
                               {{"type", "normal_unit"}, {"variance", variance}},
                               {{"type", "uniform"}},
                               x,
                               {{"hard", is_hard}});
    model->use_points({"all"}, /*is_flat=*/true);
    const Tensor natural = at::stack({centres, at::full_like(centres, -0.5)}, -1);
    Globals globals(model->factors(), {natural});
    for (const auto& assignment : run.at("assignments")) {
      const Tensor owner = model->encode(x, globals).front().second.argmax(-1);
      EXPECT_TRUE(owner.equal(at::tensor(assignment.get<std::vector<std::int64_t>>())));
      iterate(*model, x, globals);
    }
  }
}

TEST(Mixture, PredictiveDensityOfOneClassIsTheStudentTOfTheTextbook) {
  // normal-gamma: t with 2a degrees of freedom, location m, squared scale b (kappa + 1) / (a
  // kappa).
  const Tensor x = at::tensor({0.3, -1.2, 2.2}, at::kDouble).reshape({3, 1});
  const auto model = mixture(1, {{"type", "normal_diagonal"}}, {{"type", "dirichlet"}}, x);
  Globals globals(model->factors(), model->naturals_from(x, at::ones({3, 1}, at::kDouble)));
  const double kappa = 4, a = 2.5, m = 1.3 / 4,
               b = 1 + 0.5 * (0.09 + 1.44 + 4.84) - 0.5 * 4 * m * m;
  const double scale2 = b * (kappa + 1) / (a * kappa), nu = 2 * a, y = 0.7;
  const double expected = std::lgamma((nu + 1) / 2) - std::lgamma(nu / 2) -
                          0.5 * std::log(nu * M_PI * scale2) -
                          (nu + 1) / 2 * std::log1p((y - m) * (y - m) / (nu * scale2));
  const Tensor found = model->log_predictive(at::full({1, 1}, y, at::kDouble), globals);
  EXPECT_NEAR(found.item<double>(), expected, 1e-12);
}

TEST(Mixture, HoldsWhatEveryConjugateModelMust) {
  for (const auto& run : golden().at("variational")) {
    const Tensor x = golden_tensor(run.at("x"));
    const auto model = mixture(3, run.at("component"), run.at("weights"), x);
    Globals globals(model->factors(), model->naturals_from(x, golden_tensor(run.at("start"))));
    expect_sums(*model, x, globals);
    expect_optima_beat_neighbours(*model, x, globals);
    expect_ascent(*model, x, globals);
    for (const char* start : {"kmeans++", "random_examples", "random_responsibilities"})
      expect_ascent(
          *model,
          x,
          start_of(*mixture(3, run.at("component"), run.at("weights"), x, {{"start", start}}), x));
  }
}

// Symbols have no order: 0 is as far from 1 as from 9, so that k-means++ takes one of each.
TEST(Mixture, SymbolsBeginInClassesOfTheirOwn) {
  const Tensor x = at::tensor({0., 0., 0., 0., 0., 0., 0., 1., 9., 0.}, at::kDouble).unsqueeze(-1);
  const auto model = mixture(3,
                             {{"type", "categorical"}, {"num_symbols", 10}, {"concentration", 0.1}},
                             {{"type", "dirichlet"}, {"concentration", 1.0}},
                             x);
  const InitialData data{10, [&x](const std::vector<std::int64_t>& rows) {
                           return x.index_select(0, at::tensor(rows));
                         }};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    GeneratorSource source(at::detail::createCPUGenerator(seed));
    // The second part of each class's concentrations: which symbols it begins with.
    const Tensor counts = model->initial(data, source)[1].gt(0).sum(-1);
    EXPECT_TRUE(counts.eq(1).all().item<bool>()) << seed << ": " << counts;
  }
}

TEST(Mixture, RefusesWhatItCannotScore) {
  const Tensor x = at::tensor({0.5, 1.5}, at::kDouble).reshape({2, 1});
  const auto counts = mixture(1, {{"type", "poisson"}}, {{"type", "dirichlet"}}, x);
  Globals globals(counts->factors(), {counts->factors()[0].prior, counts->factors()[1].prior});
  EXPECT_THROW(counts->local_step(x, globals, {}), DataError);
  EXPECT_THROW(mixture(3, {{"type", "normal_full"}}, {{"type", "dirichlet"}}, x), ConfigError);
  EXPECT_THROW(counts->use_points({"weight"}, false), UsageError);
}

// Two moments of each of six likelihoods, each within 5 standard errors: a right sampler fails with
// probability below 1e-4.
TEST(Mixture, DrawsHaveTheMomentsOfTheWeightsAndTheComponents) {
  for (const auto& run : golden().at("variational")) {
    const Tensor x = golden_tensor(run.at("x")), start = golden_tensor(run.at("start"));
    const auto model = mixture(3, run.at("component"), run.at("weights"), x);
    Globals globals(model->factors(), model->naturals_from(x, start));
    GeneratorSource source(at::detail::createCPUGenerator(3));
    const Tensor draws = model->sample(20000, globals, source);
    const Tensor means = model->components().expected(globals.natural(1), false);
    const Tensor expected = model->expected_weights(globals).matmul(means);
    const Tensor error = draws.std(0) / std::sqrt(20000.0);
    EXPECT_TRUE(((draws.mean(0) - expected).abs() <= 5 * error).all().item<bool>())
        << run.at("component").at("type");
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
