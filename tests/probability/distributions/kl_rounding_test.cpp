// The KL of gammas, betas and Dirichlets in float32: sums of log-gammas left 1e-4 of rounding at
// concentrations of a thousand, and negative values. Values of mpmath with 40 digits.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/probability/distributions/beta.h"
#include "elbow/probability/distributions/dirichlet.h"
#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/distributions/kl.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Multiples of 1 / 1024, exact in both types.
Tensor logs(const std::vector<double>& values, at::ScalarType type) {
  return (at::tensor(values, at::kDouble) / 1024).to(type);
}

TEST(KlRounding, ValuesAreRightToTheTypesOwnRounding) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const double relative = type == at::kFloat ? 2e-7 : 1e-10;
    const auto dirichlet = [&](const std::vector<double>& p, const std::vector<double>& q) {
      return kl_divergence(Dirichlet(logs(p, type)), Dirichlet(logs(q, type)))->item<double>();
    };
    const auto close = [&](double found, double expected) {
      EXPECT_NEAR(found, expected, relative * expected)
          << (type == at::kFloat ? "float" : "double");
    };
    close(dirichlet({7000, 8000, 9000}, {7001, 8001, 9002}), 0.0010706242528314435);
    close(dirichlet({12000, 12500, 13000, 11000}, {12000, 12500, 13001, 11000}),
          0.082636399293336357);
    close(dirichlet({-2000, 0, 3000}, {1000, -3000, 3000}), 19.446068913160128);
    const auto number = [&](double value) { return logs({value}, type); };
    close(kl_divergence(Beta(number(9000), number(9000)), Beta(number(9001), number(9000)))
              ->item<double>(),
          0.001565464132375919);
    close(kl_divergence(Gamma(number(10000), number(512)), Gamma(number(10001), number(513)))
              ->item<double>(),
          2.3850076928602978e-7);
    close(kl_divergence(Gamma(number(-3000), number(512)), Gamma(number(2000), number(-300)))
              ->item<double>(),
          143.7833953204045);
  }
}

// Never below zero by more than rounding of zero itself.
TEST(KlRounding, NeighboursAreNotNearerThanEqual) {
  at::Generator generator = at::detail::createCPUGenerator(5);
  const Tensor p = at::randn({2000, 3}, generator) * 3 + 4;
  for (const double step : {0.0, 1e-6, 1e-3}) {
    const Tensor q = p + step * at::randn({2000, 3}, generator);
    const auto least = [](const std::optional<Tensor>& kl) { return kl->min().item<double>(); };
    EXPECT_GE(least(kl_divergence(Dirichlet(p), Dirichlet(q))), -1e-12) << step;
    EXPECT_GE(least(kl_divergence(Beta(p, p.flip(0)), Beta(q, q.flip(0)))), -1e-12) << step;
    EXPECT_GE(least(kl_divergence(Gamma(p, p.flip(0)), Gamma(q, q.flip(0)))), -1e-12) << step;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
