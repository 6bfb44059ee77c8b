#include <gmock/gmock.h>

#include <cmath>

#include "elbow/foundations/core/gaussian_mixture.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

const Json kThreeModes = {{"size", 2},
                          {"means", {-2.0, 0.5, 1.5, -1.0, 0.0, 3.0}},
                          {"scale", {0.5, 1.2, 0.3}},
                          {"weights", {5.0, 3.0, 2.0}}};

Json with(Json changes, const Json& more) {
  changes.update(more);
  return changes;
}

RawData make(const std::string& type, const Json& changes, std::uint64_t seed = 1) {
  return load_named_set(resolved(type, changes), seed);
}

/// Mean and covariance of the rows of a split against the exact ones, within 5 standard errors that
/// the rows themselves give: probability 6e-7 a number for a right program, and the seed is fixed.
void expect_moments(const Array& rows,
                    const std::vector<double>& mean,
                    const std::vector<double>& covariance) {
  const auto count = static_cast<std::size_t>(rows.shape[0]), size = mean.size();
  const double* x = rows.as<double>();
  const auto expect_mean_of = [&](auto&& value, double expected) {
    double sum = 0, squares = 0;
    for (std::size_t row = 0; row < count; ++row) {
      const double v = value(x + row * size);
      sum += v;
      squares += v * v;
    }
    const double n = static_cast<double>(count), average = sum / n;
    const double error = std::sqrt((squares / n - average * average) / n);
    EXPECT_NEAR(average, expected, 5.0 * error);
  };
  for (std::size_t i = 0; i < size; ++i) {
    expect_mean_of([&](const double* row) { return row[i]; }, mean[i]);
    for (std::size_t j = 0; j <= i; ++j)
      expect_mean_of([&](const double* row) { return (row[i] - mean[i]) * (row[j] - mean[j]); },
                     covariance[i * size + j]);
  }
}

TEST(SyntheticMixture, RowsHaveTheMomentsOfTheMixture) {
  const Json changes = with(kThreeModes, {{"train_size", 50000}});
  const GaussianMixture mixture = read_gaussian_mixture(resolved("synthetic_mixture", changes));
  const RawData data = make("synthetic_mixture", changes);
  expect_moments(data.splits.at("train").images, mixture.mean(), mixture.covariance());
}

TEST(SyntheticMixture, MomentsAreThoseOfTheFormula) {
  // Two components at -1 and 3 with weights 3/4 and 1/4: mean 0, variance 3 + 0.75 * 1 + 0.25 * 4.
  const Json changes = {
      {"size", 1}, {"means", {-1.0, 3.0}}, {"scale", {1.0, 2.0}}, {"weights", {3.0, 1.0}}};
  const GaussianMixture mixture = read_gaussian_mixture(resolved("synthetic_mixture", changes));
  EXPECT_NEAR(mixture.mean()[0], 0.0, 1e-15);
  EXPECT_NEAR(mixture.covariance()[0], 4.75, 1e-14);
  // 0.75 N(0.5; -1, 1) + 0.25 N(0.5; 3, 4)
  const double x = 0.5, root = std::sqrt(2.0 * std::acos(-1.0));
  const double density = (0.75 * std::exp(-1.125) + 0.25 * std::exp(-0.5 * 1.5625) / 2.0) / root;
  EXPECT_NEAR(mixture.log_density(&x), std::log(density), 1e-14);
  const double far = 1e6;
  EXPECT_TRUE(std::isfinite(mixture.log_density(&far)));
}

TEST(SyntheticMixture, MeanLogDensityIsOfTheRows) {
  const Json changes = with(kThreeModes, {{"test_size", 20000}});
  const RawData data = make("synthetic_mixture", changes);
  const GaussianMixture mixture = read_gaussian_mixture(resolved("synthetic_mixture", changes));
  const Array& rows = data.splits.at("test").images;
  double sum = 0;
  for (std::int64_t row = 0; row < 20000; ++row)
    sum += mixture.log_density(rows.as<double>() + 2 * row);
  EXPECT_NEAR(data.info.at("mean_log_density").at("test").get<double>(), sum / 20000, 1e-12);
  EXPECT_EQ(data.info.at("weights").get<std::vector<double>>(), mixture.weights);
}

TEST(SyntheticMixture, ListsThatDoNotFitAreRefused) {
  const auto refusal = [](const Json& changes) {
    try {
      make("synthetic_mixture", changes);
    } catch (const ConfigError& error) {
      const Diagnostic& first = error.diagnostics().at(0);
      return first.path + ": " + first.message;
    }
    return std::string();
  };
  EXPECT_EQ(refusal({{"size", 3}}),
            "data.means: expected a multiple of size 3, at least one, got 8 numbers");
  EXPECT_THAT(refusal({{"means", Json::array()}}), HasSubstr("at least one, got 0 numbers"));
  EXPECT_EQ(refusal({{"scale", {1.0, 2.0}}}),
            "data.scale: expected 4 numbers, one a component, got 2");
  EXPECT_EQ(refusal({{"weights", {1.0}}}),
            "data.weights: expected 4 numbers, one a component, got 1");
}

TEST(SyntheticTwoMoons, RowsHaveTheMomentsOfTheHalfCircles) {
  // By integrals of cos and sin over half a turn: mean (1/2, 1/4), variances 3/4 and 9/16 - 1/pi,
  // covariance 1/8 - 1/pi; the noise adds its variance.
  const double inverse_pi = 1.0 / std::acos(-1.0), noise = 0.2 * 0.2;
  const double across = 0.125 - inverse_pi;
  const RawData data = make("synthetic_two_moons", {{"noise", 0.2}, {"train_size", 50000}});
  expect_moments(data.splits.at("train").images,
                 {0.5, 0.25},
                 {0.75 + noise, across, across, 0.5625 - inverse_pi + noise});
}

TEST(SyntheticTwoMoons, WithoutNoiseRowsLieOnTheHalfCircles) {
  const RawData data = make("synthetic_two_moons", {{"noise", 0.0}});
  const double* x = data.splits.at("train").images.as<double>();
  int upper = 0;
  for (int row = 0; row < 1000; ++row, x += 2) {
    const double first = std::hypot(x[0], x[1]), second = std::hypot(x[0] - 1, x[1] - 0.5);
    const bool is_upper = std::abs(first - 1) < 1e-14 && x[1] >= 0;
    EXPECT_TRUE(is_upper || (std::abs(second - 1) < 1e-14 && x[1] <= 0.5)) << x[0] << " " << x[1];
    upper += is_upper;
  }
  // Binomial with standard deviation 16: 5 of them, probability 6e-7.
  EXPECT_NEAR(upper, 500, 80);
}

TEST(SyntheticPoints, RowsDependOnTheKeyAloneAndNotOnTheSizes) {
  for (const char* type : {"synthetic_mixture", "synthetic_two_moons"}) {
    const RawData small = make(type, {{"train_size", 10}, {"test_size", 7}}),
                  large = make(type, {{"train_size", 50}, {"test_size", 9}});
    for (const char* split : {"train", "test"}) {
      const auto& few = small.splits.at(split).images.bytes;
      const auto& many = large.splits.at(split).images.bytes;
      EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin())) << type << " " << split;
    }
    EXPECT_NE(small.splits.at("train").sha256,
              make(type, {{"train_size", 10}, {"seed", 6}}).splits.at("train").sha256);
    EXPECT_EQ(make(type, {{"seed", "run"}}, 5).splits.at("valid").sha256,
              make(type, {{"seed", 5}}).splits.at("valid").sha256);
    EXPECT_EQ(make(type, {{"validation_size", 0}}).splits.count("valid"), 0u);
    EXPECT_EQ(small.event_shape, std::vector<std::int64_t>{2});
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
