// What coordinate ascent over a hidden Markov model must hold, whatever it is set to.
#include "models/conjugate/hidden_markov_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::ascend;
using testing::generator;
using testing::hidden_markov;
using testing::normal_sequences;
using testing::start_of;
using testing::symbol_sequences;

/// How the model is set up, and data for it.
struct Setting {
  std::string name;
  Json component;
  std::string posterior;
  bool is_point = false, is_flat = false;
};

Tensor data_for(const Setting& setting) {
  return setting.component.at("type") == "categorical"
             ? symbol_sequences({9, 4, 15, 1, 11}, 3, 4, 21)
             : normal_sequences({9, 4, 15, 1, 11, 30}, 3, 22);
}

std::shared_ptr<HiddenMarkov> model_for(const Setting& setting, const Tensor& x) {
  auto out = hidden_markov(3,
                           {x.size(1), x.size(2)},
                           setting.component,
                           {{"posterior", setting.posterior},
                            {"initial_concentration", 1.4},
                            {"transition_concentration", 1.1},
                            {"self_transition", 0.7},
                            {"start", "random_responsibilities"}});
  if (setting.is_point) out->use_points({"all"}, setting.is_flat);
  return out;
}

std::vector<Setting> settings() {
  const Json normal = {{"type", "normal_full"}}, diagonal = {{"type", "normal_diagonal"}},
             symbols = {{"type", "categorical"}, {"num_symbols", 4}, {"concentration", 1.5}};
  return {{"normal_chain", normal, "chain"},
          {"diagonal_factorised", diagonal, "factorised"},
          {"symbols_chain", symbols, "chain"},
          {"symbols_factorised", symbols, "factorised"},
          {"normal_points", normal, "chain", true},
          {"symbols_points", symbols, "chain", true},
          {"normal_flat", normal, "chain", true, true},
          {"symbols_flat", symbols, "chain", true, true},
          {"symbols_flat_factorised", symbols, "factorised", true, true}};
}

class EverySetting : public ::testing::TestWithParam<Setting> {
 protected:
  Tensor x = data_for(GetParam());
  std::shared_ptr<HiddenMarkov> model = model_for(GetParam(), x);
  Globals globals = start_of(*model, x);
  Tensor local;
};

TEST_P(EverySetting, CoordinateAscentNeverLowersTheBound) {
  double before = ascend(*model, x, globals, local);
  for (int i = 1; i < 30; ++i) {
    const double bound = ascend(*model, x, globals, local);
    ASSERT_TRUE(std::isfinite(bound)) << "iteration " << i;
    EXPECT_GE(bound, before - 1e-9 * std::abs(before)) << "iteration " << i;
    before = bound;
  }
}

TEST_P(EverySetting, BoundsOfSequencesAddUpToTheBoundOfStatistics) {
  for (int i = 0; i < 3; ++i) ascend(*model, x, globals, local);
  const LocalStep step = model->local_step(x, globals, local);
  const double sum = step.bound.sum().item<double>();
  const double parts =
      model->expected_log_joint(step.statistics, globals) + step.statistics.entropy;
  EXPECT_NEAR(sum, parts, 1e-10 * std::abs(sum));
  EXPECT_GE(step.statistics.entropy, 0.0);
}

TEST_P(EverySetting, StatisticsOfTwoBatchesAddUp) {
  const LocalStep whole = model->local_step(x, globals, {});
  Statistics sum = model->local_step(x.narrow(0, 0, 2), globals, {}).statistics;
  sum.add(model->local_step(x.narrow(0, 2, x.size(0) - 2), globals, {}).statistics);
  for (std::size_t i = 0; i < sum.parts.size(); ++i)
    EXPECT_TRUE(at::allclose(sum.parts[i], whole.statistics.parts[i], 1e-12, 1e-12)) << i;
  EXPECT_NEAR(sum.entropy, whole.statistics.entropy, 1e-9);
  EXPECT_NEAR(sum.constant, whole.statistics.constant, 1e-9);
  EXPECT_EQ(sum.count, whole.statistics.count);
}

/// The same natural parameters with relative noise, symmetric where they hold matrices.
Tensor perturbed(const GlobalFactor& factor, const Tensor& natural, double size, at::Generator& g) {
  Tensor noise = at::randn(natural.sizes(), g, at::kDouble) * size;
  if (factor.family->name() == "normal_wishart") {
    const Tensor matrix = noise.narrow(-1, 1, 4).reshape({-1, 2, 2});
    noise = at::cat({noise.narrow(-1, 0, 1),
                     (0.5 * (matrix + matrix.transpose(1, 2))).flatten(1),
                     noise.narrow(-1, 5, 3)},
                    -1);
  }
  return natural + natural.abs() * noise;
}

TEST_P(EverySetting, EveryOptimumBeatsItsNeighbours) {
  for (int i = 0; i < 4; ++i) ascend(*model, x, globals, local);
  const Statistics statistics = model->local_step(x, globals, local).statistics;
  at::Generator g = generator(31);
  for (std::size_t i = 0; i < globals.size(); ++i) {
    globals.set(i, model->optimum(i, statistics, globals));
    const double best = bound_of(*model, statistics, globals);
    for (const double size : {1e-3, 1e-2, 1e-1}) {
      int tried = 0;
      for (int attempt = 0; attempt < 20000 && tried < 20; ++attempt) {
        const Tensor other = perturbed(model->factors()[i], globals.natural(i), size, g);
        if (!model->factors()[i].family->problem(other).empty()) continue;
        Globals near = globals;
        near.set(i, other);
        EXPECT_LE(bound_of(*model, statistics, near), best + 1e-12 * std::abs(best)) << i;
        ++tried;
      }
      EXPECT_EQ(tried, 20) << model->factors()[i].name << " " << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(HiddenMarkov,
                         EverySetting,
                         ::testing::ValuesIn(settings()),
                         [](const auto& row) { return row.param.name; });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
