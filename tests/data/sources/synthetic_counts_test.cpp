// The synthetic counts have the moments of their formula, and draws that do not depend on sizes.
#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

RawData make(const Json& changes) {
  return load_named_set(resolved("synthetic_counts", changes), 1);
}

// Within five standard errors that the rows themselves give: 6e-7 a number, at a fixed seed.
TEST(SyntheticCounts, HaveTheMomentsOfTheFormula) {
  const Json changes = {{"train_size", 40000}, {"data_size", 3}, {"latent_size", 2}};
  const RawData data = make(changes);
  const Array& rows = data.splits.at("train").images;
  const auto means = data.info.at("means").get<std::vector<double>>();
  const auto weights = data.info.at("weights").get<std::vector<std::vector<double>>>();
  for (std::size_t d = 0; d < 3; ++d) {
    double sum = 0, squares = 0, length = 0;
    for (const double w : weights[d]) length += w * w;
    for (std::size_t row = 0; row < 40000; ++row) {
      const double x = rows.as<double>()[row * 3 + d];
      ASSERT_TRUE(x >= 0 && x == std::floor(x));
      sum += x;
      squares += x * x;
    }
    // E exp(w z) = exp(w^2 / 2), of a fifth of zeros.
    const double average = sum / 40000, expected = 0.8 * means[d] * std::exp(length / 2);
    const double error = std::sqrt((squares / 40000 - average * average) / 40000);
    EXPECT_NEAR(average, expected, 5 * error) << d;
  }
}

TEST(SyntheticCounts, RowsDoNotDependOnTheNumberOfRows) {
  const RawData few = make({{"train_size", 10}}), many = make({{"train_size", 100}});
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_EQ(few.splits.at("train").images.as<double>()[i],
              many.splits.at("train").images.as<double>()[i]);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
