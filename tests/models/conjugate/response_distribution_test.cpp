// SciPy's values in tests/golden/linear_regression.json: its first key is the command that made it.
#include "../../../src/models/conjugate/response_distribution.h"

#include "../../../src/models/conjugate/student_t.h"
#include "models/conjugate/model_checks.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

TEST(StudentT, AgreesWithSciPy) {
  const Json golden = testing::golden_file("linear_regression.json").at("student_t");
  for (const auto& row : golden.at("cdf")) {
    const double theirs = row.at(2).get<double>();
    EXPECT_NEAR(student_t_cdf(row.at(0), row.at(1)), theirs, 1e-11) << row;
  }
  for (const auto& row : golden.at("half_width")) {
    const double theirs = row.at(2).get<double>();
    EXPECT_NEAR(student_t_half_width(row.at(0), row.at(1)), theirs, 1e-10 * theirs) << row;
  }
}

TEST(StudentT, HalfStepOfLogGammaIsSmoothWhereTheSeriesBegins) {
  for (const double a : {19.99, 20.0, 20.01, 60.0})
    EXPECT_NEAR(log_gamma_half_step(a), std::lgamma(a + 0.5) - std::lgamma(a), 1e-13);
}

TEST(MixtureResponse, AgreesWithQuadratureBySciPy) {
  const Json rows = testing::golden_file("linear_regression.json").at("mixture");
  ASSERT_EQ(rows.size(), 9);
  for (const auto& row : rows) {
    const double v = row.at(0), a = row.at(1), b = row.at(2), deviation = row.at(3);
    const auto response = mixture_response(at::full({1}, v, at::kDouble), a, b);
    EXPECT_NEAR(response->log_density(at::full({1}, deviation, at::kDouble)).item<double>(),
                row.at(4).get<double>(),
                1e-10)
        << row;
    if (deviation != 0) {
      EXPECT_NEAR(response->half_width(row.at(5)).item<double>(), std::abs(deviation), 1e-8) << row;
    }
    EXPECT_NEAR(response->standard_deviation().item<double>(), std::sqrt(v + b / (a - 1)), 1e-14);
  }
}

// Without uncertainty of the mean the mixture is Student's t with 2 a degrees of freedom.
TEST(MixtureResponse, IsStudentTWithoutVariance) {
  for (const double a : {1.0, 2.0, 20.0, 5000.0}) {
    const auto mixture = mixture_response(at::zeros({1}, at::kDouble), a, 3.0);
    const auto student = student_response(at::full({1}, 3.0 / a, at::kDouble), 2 * a);
    const double tolerance = a < 2 ? 1e-8 : 1e-11;
    for (const double sigmas : {0.0, 1.3, 5.0, 50.0}) {
      const Tensor far = at::full({1}, sigmas * std::sqrt(3.0 / a), at::kDouble);
      const double theirs = student->log_density(far).item<double>();
      EXPECT_NEAR(mixture->log_density(far).item<double>(),
                  theirs,
                  tolerance * std::max(1.0, std::abs(theirs)))
          << a << " " << sigmas;
    }
    const double theirs = student->half_width(0.95).item<double>();
    EXPECT_NEAR(mixture->half_width(0.95).item<double>(), theirs, 10 * tolerance * theirs) << a;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
