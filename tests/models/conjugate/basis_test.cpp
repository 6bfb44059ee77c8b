#include "elbow/models/conjugate/basis.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace elbow {
namespace ELBOW_TEST_FILE {

const auto kDoubles = at::TensorOptions().dtype(at::kDouble);

TEST(Basis, FeaturesHaveTheirNames) {
  const Tensor x = at::tensor({2.0, 3.0, -1.0, 0.5}, kDoubles).reshape({2, 2});
  const auto build = [](const Json& config, std::int64_t inputs) {
    return basis_factory().create(ConfigNode(config, "model.basis"), inputs);
  };
  const auto quadratic = build({{"type", "quadratic"}, {"intercept", true}}, 2);
  EXPECT_EQ(quadratic->names(),
            (std::vector<std::string>{"1", "x0", "x1", "x0^2", "x0 x1", "x1^2"}));
  EXPECT_TRUE(
      quadratic->features(x)[0].equal(at::tensor({1.0, 2.0, 3.0, 4.0, 6.0, 9.0}, kDoubles)));
  const auto cubic = build({{"type", "polynomial"}, {"degree", 3}, {"intercept", false}}, 2);
  EXPECT_EQ(cubic->names(), (std::vector<std::string>{"x0", "x1", "x0^2", "x1^2", "x0^3", "x1^3"}));
  EXPECT_TRUE(
      cubic->features(x)[1].equal(at::tensor({-1.0, 0.5, 1.0, 0.25, -1.0, 0.125}, kDoubles)));
  const auto rbf = build({{"type", "rbf"},
                          {"num_centres", 3},
                          {"width", 2.0},
                          {"from", -1.0},
                          {"to", 1.0},
                          {"intercept", false}},
                         1);
  EXPECT_NEAR(rbf->features(x.narrow(1, 0, 1))[0][2].item<double>(), std::exp(-1.0 / 8), 1e-15);
  const auto two = build({{"type", "rbf"},
                          {"num_centres", 3},
                          {"width", 2.0},
                          {"from", -1.0},
                          {"to", 1.0},
                          {"intercept", true}},
                         2);
  ASSERT_EQ(two->names().size(), 7u);
  EXPECT_EQ(two->names()[4].substr(0, 9), "rbf of x1");
  // x1 = 3 and the centre -1: exp(-16 / 8).
  EXPECT_NEAR(two->features(x)[0][4].item<double>(), std::exp(-2.0), 1e-15);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
