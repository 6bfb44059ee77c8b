#include "elbow/data/sources/linear_gaussian.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using Matrix = std::vector<std::vector<double>>;

RawData make(const Json& changes) {
  return load_named_set(resolved("synthetic_linear_gaussian", changes), 1);
}

/// ln N(x; b, W W' + s^2 I) by a dense Cholesky factor, which knows nothing of orthogonal columns.
double dense_log_density(const Json& info, const double* x) {
  const auto weight = info.at("weight").get<Matrix>();
  const auto bias = info.at("bias").get<std::vector<double>>();
  const double noise = info.at("noise_scale").get<double>();
  const std::size_t size = bias.size();
  Matrix factor(size, std::vector<double>(size, 0.0));
  std::vector<double> solved(size);
  double out = -0.5 * static_cast<double>(size) * std::log(2.0 * std::acos(-1.0));
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double value = i == j ? noise * noise : 0.0;
      for (std::size_t l = 0; l < weight[i].size(); ++l) value += weight[i][l] * weight[j][l];
      for (std::size_t k = 0; k < j; ++k) value -= factor[i][k] * factor[j][k];
      factor[i][j] = i == j ? std::sqrt(value) : value / factor[j][j];
    }
    double value = x[i] - bias[i];
    for (std::size_t k = 0; k < i; ++k) value -= factor[i][k] * solved[k];
    solved[i] = value / factor[i][i];
    out -= std::log(factor[i][i]) + 0.5 * solved[i] * solved[i];
  }
  return out;
}

TEST(LinearGaussian, EvidenceIsTheDenseGaussianDensity) {
  for (const Json& changes : {Json{{"data_size", 12}, {"latent_size", 5}},
                              Json{{"data_size", 4}, {"latent_size", 4}, {"noise_scale", 0.01}},
                              Json{{"data_size", 1}, {"latent_size", 1}}}) {
    const RawData data = make(changes);
    for (const char* split : {"train", "valid", "test"}) {
      const auto values = log_evidence(data, split);
      const Array& rows = data.splits.at(split).images;
      ASSERT_EQ(static_cast<std::int64_t>(values.size()), rows.shape[0]);
      double mean = 0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double expected = dense_log_density(
            data.info, rows.as<double>() + static_cast<std::int64_t>(i) * rows.shape[1]);
        EXPECT_NEAR(values[i], expected, 1e-9 * std::max(1.0, std::abs(expected)));
        mean += values[i] / static_cast<double>(values.size());
      }
      EXPECT_NEAR(data.info.at("mean_log_evidence").at(split).get<double>(), mean, 1e-10);
    }
  }
}

// By the change of variables, one number at a time.
TEST(LinearGaussian, EvidenceOfMappedNumbersHasTheirSlopes) {
  for (const char* values : {"positive", "fractions"}) {
    const RawData plain = make({{"data_size", 3}, {"missing", 0.1}}),
                  mapped = make({{"data_size", 3}, {"missing", 0.1}, {"values", values}});
    const auto of_plain = log_evidence(plain, "test"), of_mapped = log_evidence(mapped, "test");
    for (std::size_t i = 0; i < of_plain.size(); ++i) {
      double slopes = 0;
      for (std::size_t d = 3 * i; d < 3 * i + 3; ++d) {
        const double y = plain.splits.at("test").images.as<double>()[d],
                     x = mapped.splits.at("test").images.as<double>()[d];
        ASSERT_EQ(std::isnan(x), std::isnan(y));
        if (std::isnan(x)) continue;
        const bool is_positive = std::string(values) == "positive";
        EXPECT_NEAR(x, is_positive ? std::exp(y) : 1 / (1 + std::exp(-y)), 1e-12 * std::exp(y));
        slopes += is_positive ? std::log(x) : std::log(x * (1 - x));
      }
      EXPECT_NEAR(of_mapped[i], of_plain[i] - slopes, 1e-9);
    }
  }
}

// x less what the covariates add has the density of a set without them.
TEST(LinearGaussian, EvidenceGivenCovariatesIsThatOfWhatTheyLeave) {
  const RawData data = make({{"data_size", 4}, {"num_covariates", 2}});
  const auto effects = data.info.at("effects").get<Matrix>();
  const auto values = log_evidence(data, "test");
  const RawSplit& test = data.splits.at("test");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    std::vector<double> rest(test.images.as<double>() + row * 4,
                             test.images.as<double>() + row * 4 + 4);
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t d = 0; d < 4; ++d)
        rest[d] -= effects[c][d] *
                   (data.covariates.mean[c] +
                    data.covariates.deviation[c] *
                        test.covariates.as<double>()[2 * row + static_cast<std::int64_t>(c)]);
    EXPECT_NEAR(values[i], dense_log_density(data.info, rest.data()), 1e-9);
  }
  // They move x, and nothing else about it.
  const RawData without = make({{"data_size", 4}});
  EXPECT_NE(data.splits.at("test").sha256, without.splits.at("test").sha256);
  EXPECT_NEAR(data.info.at("mean_log_evidence").at("test").get<double>(),
              without.info.at("mean_log_evidence").at("test").get<double>(),
              1e-9);
}

TEST(LinearGaussian, ColumnsAreOrthogonal) {
  const auto weight =
      make({{"data_size", 30}, {"latent_size", 20}}).info.at("weight").get<Matrix>();
  for (std::size_t a = 0; a < 20; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      double product = 0;
      for (const auto& row : weight) product += row[a] * row[b];
      EXPECT_NEAR(product, 0.0, 1e-13 * 30);
    }
  }
}

TEST(LinearGaussian, RowsFollowTheModel) {
  // The mean evidence of n rows is -entropy with standard error sqrt(D / (2 n)), since -2 ln p is
  // chi-square with D degrees up to a constant: 5 errors, probability 5.8e-7 for a right program,
  // and the seed is fixed.
  const RawData data =
      make({{"data_size", 8}, {"latent_size", 3}, {"train_size", 20000}, {"noise_scale", 0.3}});
  const auto weight = data.info.at("weight").get<Matrix>();
  double log_determinant = 5 * std::log(0.09);
  for (std::size_t l = 0; l < 3; ++l) {
    double length = 0;
    for (const auto& row : weight) length += row[l] * row[l];
    log_determinant += std::log(length + 0.09);
  }
  const double entropy = 0.5 * (8 * std::log(2.0 * std::acos(-1.0)) + 8 + log_determinant);
  EXPECT_NEAR(data.info.at("mean_log_evidence").at("train").get<double>(),
              -entropy,
              5.0 * std::sqrt(8 / (2.0 * 20000)));
}

TEST(LinearGaussian, CovarianceIsThatOfTheModel) {
  // An entry of the sample covariance of n normal rows has variance (S_ii S_jj + S_ij^2) / n: 5
  // errors in 36 entries, probability 2e-5 for a right program, and the seed is fixed. Finds noise
  // that is not independent of z.
  constexpr std::int64_t kRows = 20000;
  const RawData data =
      make({{"data_size", 8}, {"latent_size", 3}, {"train_size", kRows}, {"noise_scale", 0.3}});
  const auto weight = data.info.at("weight").get<Matrix>();
  const auto bias = data.info.at("bias").get<std::vector<double>>();
  const auto model = [&](std::size_t i, std::size_t j) {
    double sum = i == j ? 0.09 : 0.0;
    for (std::size_t l = 0; l < 3; ++l) sum += weight[i][l] * weight[j][l];
    return sum;
  };
  const double* x = data.splits.at("train").images.as<double>();
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (std::size_t row = 0; row < kRows; ++row) {
        sum += (x[row * 8 + i] - bias[i]) * (x[row * 8 + j] - bias[j]);
      }
      const double error =
          std::sqrt((model(i, i) * model(j, j) + model(i, j) * model(i, j)) / kRows);
      EXPECT_NEAR(sum / kRows, model(i, j), 5.0 * error) << i << ", " << j;
    }
  }
}

TEST(LinearGaussian, RowsDependOnTheKeyAloneAndNotOnTheSizes) {
  const RawData small = make({{"train_size", 10}, {"test_size", 7}}),
                large = make({{"train_size", 50}, {"test_size", 9}});
  const auto& test = large.splits.at("test").images.bytes;
  EXPECT_TRUE(std::equal(small.splits.at("test").images.bytes.begin(),
                         small.splits.at("test").images.bytes.end(),
                         test.begin()));
  EXPECT_NE(make({{"seed", 5}}).splits.at("train").sha256,
            make({{"seed", 6}}).splits.at("train").sha256);
  EXPECT_EQ(load_named_set(resolved("synthetic_linear_gaussian", {{"seed", "run"}}), 5)
                .splits.at("train")
                .sha256,
            make({{"seed", 5}}).splits.at("train").sha256);
}

TEST(LinearGaussian, MoreColumnsThanFeaturesAreRefused) {
  EXPECT_THAT(data_error_of([] {
                make({{"data_size", 2}, {"latent_size", 3}});
              }),
              ::testing::HasSubstr("data.latent_size: expected at most data_size 2, got 3"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
