// Transforms of parameters: values keep their constraint, and the log density's Jacobian is that of
// the transform, by autograd.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/philox.h"
#include "models/programs/program_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::density_of;

struct Case {
  const char* name;
  const char* declaration;
  std::int64_t size;
  std::vector<std::int64_t> free;  ///< the quantities that the others follow from, from 0
  double constant;                 ///< of the log density beside the Jacobian
};

const Case kCases[] = {
    {"lower", "real<lower=2> x;", 1, {0}, 0},
    {"upper", "real<upper=-1> x;", 1, {0}, 0},
    {"both", "vector<lower=-1, upper=3>[2] x;", 2, {0, 1}, 0},
    {"affine", "vector<offset=2, multiplier=3>[2] x;", 2, {0, 1}, 0},
    {"simplex", "simplex[4] x;", 3, {0, 1, 2}, 0},
    {"simplices", "array[2] simplex[3] x;", 4, {0, 2, 1, 3}, 0},
    {"ordered", "ordered[3] x;", 3, {0, 1, 2}, 0},
    {"positive_ordered", "positive_ordered[3] x;", 3, {0, 1, 2}, 0},
    {"cov_matrix", "cov_matrix[3] x;", 6, {0, 1, 2, 4, 5, 8}, 0},
    {"corr_matrix", "corr_matrix[3] x;", 3, {1, 2, 5}, 0},
    {"cholesky_factor_cov", "cholesky_factor_cov[3] x;", 6, {0, 1, 2, 4, 5, 8}, 0},
    {"cholesky_factor_cov_tall", "cholesky_factor_cov[3, 2] x;", 5, {0, 1, 2, 4, 5}, 0},
    {"cholesky_factor_corr", "cholesky_factor_corr[4] x;", 6, {1, 2, 3, 6, 7, 11}, 0},
    {"dependent_bound", "real<lower=0> a; real<lower=a, upper=2 * a + 1> b;", 2, {0, 1}, 0},
};

class Transform : public ::testing::TestWithParam<Case> {};

Tensor random_point(std::int64_t size, std::uint64_t key) {
  std::vector<double> out;
  programs::Draws draws(key);
  for (std::int64_t i = 0; i < size; ++i) out.push_back(draws.normal());
  return at::tensor(out, at::kDouble).unsqueeze(0);
}

TEST_P(Transform, HasTheJacobianOfItsValues) {
  const Case& one = GetParam();
  const auto density = density_of("parameters { " + std::string(one.declaration) + " } model { }");
  ASSERT_EQ(density->size(), one.size);
  for (const std::uint64_t key : {1, 2, 3}) {
    const Tensor z = random_point(one.size, key);
    // By central differences of the values that the others follow from.
    std::vector<Tensor> columns;
    constexpr double kStep = 1e-5;
    for (std::int64_t i = 0; i < one.size; ++i) {
      Tensor up = z.clone(), down = z.clone();
      up[0][i] += kStep;
      down[0][i] -= kStep;
      columns.push_back((density->quantities_at(up, 0) - density->quantities_at(down, 0))[0] /
                        (2 * kStep));
    }
    const Tensor all = at::stack(columns, 1);  // [Q, D]
    const Tensor square = all.index_select(0, at::tensor(one.free, at::kLong));
    const double log_det = std::get<1>(at::linalg_slogdet(square)).item<double>();
    EXPECT_NEAR(density->log_density(z).item<double>(), log_det + one.constant, 1e-7) << one.name;
    // Quantities hold their own constraint: it is checked where they are data.
    EXPECT_FALSE(density->quantities_at(z, 0).isnan().any().item<bool>());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Transform, ::testing::ValuesIn(kCases), [](const auto& one) {
  return std::string(one.param.name);
});

TEST(Transforms, UnitVectorsHaveLengthOneAndAnAuxiliaryRadius) {
  const auto density = density_of("parameters { unit_vector[3] x; } model { }");
  const Tensor z = testing::point({0.6, -1.2, 0.4});
  EXPECT_NEAR(density->log_density(z).item<double>(), -0.5 * (0.36 + 1.44 + 0.16), 1e-14);
  EXPECT_NEAR(density->quantities_at(z, 0).square().sum().item<double>(), 1, 1e-14);
}

TEST(Transforms, ABoundBelowTheOtherRejectsTheDraw) {
  const auto density = density_of("parameters { real a; real<lower=a, upper=0> b; } model { }");
  const Tensor found = density->log_density(testing::point({-1.0, 0.3, 1.0, 0.3}).view({2, 2}));
  EXPECT_TRUE(std::isfinite(found[0].item<double>()));
  EXPECT_EQ(found[1].item<double>(), -INFINITY);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
