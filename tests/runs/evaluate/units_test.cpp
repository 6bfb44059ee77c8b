// What people read is in the units of their file, whether or not the training standardised it.
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "elbow/foundations/observe/metrics.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;

constexpr int kRows = 60, kColumns = 3;
using Row = std::array<double, kColumns>;

/// Columns of very different size, none of them around 0.
std::vector<Row> file_rows() {
  std::vector<Row> out;
  for (int i = 0; i < kRows; ++i) {
    const double a = std::sin(1.7 * i), b = std::cos(0.9 * i * i), c = std::sin(3.1 * i + 1);
    out.push_back({2000 + 300 * (a + 0.2 * b), -0.5 + 0.01 * (b - a), 7 + 4 * (c + a)});
  }
  return out;
}

struct Moments {
  Row mean{}, deviation{};
};

/// Population moments, two passes.
Moments moments_of(const std::vector<Row>& rows) {
  Moments out;
  for (std::size_t d = 0; d < kColumns; ++d) {
    double sum = 0, squares = 0;
    for (const Row& row : rows) sum += row[d];
    out.mean[d] = sum / kRows;
    for (const Row& row : rows) squares += (row[d] - out.mean[d]) * (row[d] - out.mean[d]);
    out.deviation[d] = std::sqrt(squares / kRows);
  }
  return out;
}

std::string csv(const std::vector<Row>& rows) {
  std::string out = "length,width,height\n";
  char text[120];
  for (const Row& row : rows) {
    std::snprintf(text, sizeof text, "%.17g,%.17g,%.17g\n", row[0], row[1], row[2]);
    out += text;
  }
  return out;
}

/// A run on the file that standardises it, and one on a file that was standardised by hand.
struct Pair {
  TemporaryFolder folder;
  std::vector<Row> rows = file_rows();
  Moments moments = moments_of(rows);

  TrainedRun trained(const std::string& data, const std::string& rest, bool by_elbow) {
    std::vector<Row> written = rows;
    for (Row& row : written)
      for (std::size_t d = 0; d < kColumns && !by_elbow; ++d)
        row[d] = (row[d] - moments.mean[d]) / moments.deviation[d];
    const std::string name = folder.path() + (by_elbow ? "/file" : "/by-hand");
    io::write_file(name + ".csv", csv(written));
    const std::string text =
        "name: units\nseed: 3\ndevice: cpu\nthreads: 1\ndtype: float64\n"
        "data: {path: " +
        name + ".csv, standardize: " + (by_elbow ? "true" : "false") + ", " + data + "}\n" + rest;
    TinyRun tiny(name, {}, text);
    io::write_file(name + "/config.yaml",
                   dump_config(load_config_text(text, "units.yaml", {}, full_schema())));
    tiny.trainer().fit();
    return load_run(name, {});
  }
};

struct Case {
  const char *name, *data, *rest;
  bool has_draws;
  /// ln of the file's volume of an example, given the logarithms of the deviations
  double (*volume)(const Row& log);
};

double all_columns(const Row& log) { return log[0] + log[1] + log[2]; }
double last_column(const Row& log) { return log[2]; }
/// Sixty steps cut into sequences of 25, 25 and 10.
double twenty_steps(const Row& log) { return 20 * all_columns(log); }

const Case kCases[] = {
    {"mixture",
     "type: table",
     "model: {type: mixture, num_components: 2, component: {type: normal_full}}\n"
     "inference: {type: conjugate}\ntrainer: {epochs: 5}\n",
     true,
     all_columns},
    {"factor_analysis",
     "type: table",
     "model: {type: factor_analysis, num_factors: 1}\n"
     "inference: {type: conjugate}\ntrainer: {epochs: 5}\n",
     true,
     all_columns},
    {"hidden_markov",
     "type: sequences, sequence_length: 25",
     "model: {type: hidden_markov, num_states: 2}\n"
     "inference: {type: conjugate}\ntrainer: {epochs: 5}\n",
     true,
     twenty_steps},
    {"linear_regression",
     "type: table, response: height",
     "model: {type: linear_regression}\ninference: {type: conjugate}\ntrainer: {epochs: 5}\n",
     false,
     last_column},
    {"latent",
     "type: table",
     "model: {latent_size: 2, likelihood: {type: normal, network: {type: mlp, hidden_sizes: "
     "[4]}}}\n"
     "guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [4]}}}\n"
     "trainer: {epochs: 2, batch_size: 20}\n",
     true,
     all_columns},
    {"network_regression",
     "type: table, response: height",
     "model: {type: network_regression, hidden_sizes: [4]}\n"
     "guide: {posterior: {type: diag_normal}}\ntrainer: {epochs: 2, batch_size: 20}\n",
     false,
     last_column},
    {"density",
     "type: table",
     "model: {type: density, density: {type: full_rank_normal}}\n"
     "trainer: {epochs: 2, batch_size: 20}\n",
     true,
     all_columns},
};

class Units : public ::testing::TestWithParam<Case> {};

// Old code printed the standardised run's numbers as those of the file: no difference at all.
TEST_P(Units, DensitiesAndDrawsOfAStandardisedRunAreTheFiles) {
  const Case& one = GetParam();
  Pair pair;
  TrainedRun run = pair.trained(one.data, one.rest, /*by_elbow=*/true),
             by_hand = pair.trained(one.data, one.rest, /*by_elbow=*/false);
  Row log{};
  for (std::size_t d = 0; d < kColumns; ++d) log[d] = std::log(pair.moments.deviation[d]);
  const double volume = one.volume(log);
  EvaluationOptions options;
  options.split = "train";
  options.importance.particles = 16;
  const Json found = evaluate_run(run, options).summary,
             expected = evaluate_run(by_hand, options).summary;
  for (const char* key : {"elbo", "reconstruction", "nll"}) {
    if (!expected.contains(key)) continue;
    const double sign = std::string(key) == "nll" ? 1 : -1;
    EXPECT_NEAR(found.at(key).at("value").get<double>(),
                expected.at(key).at("value").get<double>() + sign * volume,
                1e-6)
        << key;
  }
  EXPECT_THAT(found.at("unit").get<std::string>(), ::testing::HasSubstr("data file"));
  // The curve and the result are in one unit.
  const auto curve = read_metrics(run.directory.metrics()),
             curve_by_hand = read_metrics(by_hand.directory.metrics());
  ASSERT_EQ(curve.size(), curve_by_hand.size());
  EXPECT_NEAR(curve.back().at("elbo").get<double>(),
              curve_by_hand.back().at("elbo").get<double>() - volume,
              1e-6);
  if (!one.has_draws) return;
  const Tensor drawn = run.units().in_file(draw_samples(sampler_of(run), 5, {false, 1})),
               standardised = draw_samples(sampler_of(by_hand), 5, {false, 1});
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t d = 0; d < kColumns; ++d) {
      const auto column = static_cast<std::size_t>(d);
      const Tensor a = drawn[i].reshape({-1, kColumns})[0][d],
                   b = standardised[i].reshape({-1, kColumns})[0][d];
      EXPECT_NEAR(a.item<double>(),
                  pair.moments.mean[column] + pair.moments.deviation[column] * b.item<double>(),
                  1e-6);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Units, ::testing::ValuesIn(kCases), [](const auto& tested) {
  return tested.param.name;
});

// One class by maximum likelihood is the normal of the data's own moments: its mean log density is
// -(D (1 + ln 2 pi) + ln |S|) / 2 with the covariance of the file.
TEST(UnitsOfAMixture, OneClassHasTheDensityOfTheFilesCovariance) {
  Pair pair;
  TrainedRun run = pair.trained(
      "type: table",
      "model: {type: mixture, num_components: 1, component: {type: normal_full}}\n"
      "inference: {type: conjugate, point_mass: [all], flat_priors: true}\ntrainer: {epochs: 3}\n",
      /*by_elbow=*/true);
  double s[kColumns][kColumns] = {};
  for (const Row& row : pair.rows)
    for (std::size_t i = 0; i < kColumns; ++i)
      for (std::size_t j = 0; j < kColumns; ++j)
        s[i][j] += (row[i] - pair.moments.mean[i]) * (row[j] - pair.moments.mean[j]) / kRows;
  const double determinant = s[0][0] * (s[1][1] * s[2][2] - s[1][2] * s[2][1]) -
                             s[0][1] * (s[1][0] * s[2][2] - s[1][2] * s[2][0]) +
                             s[0][2] * (s[1][0] * s[2][1] - s[1][1] * s[2][0]);
  const double expected =
      -(kColumns * (1 + std::log(2 * std::acos(-1.0))) + std::log(determinant)) / 2;
  EvaluationOptions options;
  options.split = "train";
  const Json found = evaluate_run(run, options).summary;
  EXPECT_NEAR(found.at("elbo").at("value").get<double>(), expected, 1e-8);
  EXPECT_NEAR(found.at("nll").at("value").get<double>(), -expected, 1e-8);
}

TEST(UnitsOfADraw, TheFirstLineOfATableNamesTheFilesColumns) {
  EXPECT_EQ(event_columns({2}, {"length", "width"}), (std::vector<std::string>{"length", "width"}));
  EXPECT_EQ(event_columns({3}, Json()), (std::vector<std::string>{"x_0", "x_1", "x_2"}));
  EXPECT_EQ(event_columns({2, 2}, {"a", "b"}),
            (std::vector<std::string>{"a_step_0", "b_step_0", "a_step_1", "b_step_1"}));
  EXPECT_EQ(event_columns({1, 2, 1}, Json()).back(), "x_1");
}

// Only what is there has a density: a gap of the second column has none.
TEST(UnitsOfADraw, GapsHaveNoVolume) {
  const DataUnits units(
      {{"mean", {1.0, 2.0}}, {"standard_deviation", {std::exp(1.0), std::exp(3.0)}}}, {2}, 0);
  const double gap = std::nan("");
  const Tensor x = at::tensor({0.5, 0.5, 0.5, gap}, at::kDouble).view({2, 2});
  const Tensor volume = units.log_volume(x);
  EXPECT_NEAR(volume[0].item<double>(), 4.0, 1e-12);
  EXPECT_NEAR(volume[1].item<double>(), 1.0, 1e-12);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
