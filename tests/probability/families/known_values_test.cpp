// Constants: what conformance cannot see, since a constant in A cancels in every difference.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "probability/families/family_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::make_family;

Tensor vec(std::vector<double> values) { return at::tensor(values, at::kDouble); }
Tensor num(double value) { return at::full({}, value, at::kDouble); }

// REFERENCE values of the divergences: see the worked table in docs/results.md, "Exact anchors".
TEST(KnownFamilies, DivergencesOfTheReferenceTable) {
  const auto gamma = make_family("gamma", 1), beta = make_family("beta", 1),
             dirichlet = make_family("dirichlet", 3), normal = make_family("normal", 1);
  const auto kl = [](const ExponentialFamilyPtr& f, std::vector<Tensor> p, std::vector<Tensor> q) {
    return f->kl(f->natural(p), f->natural(q)).item<double>();
  };
  EXPECT_NEAR(kl(gamma, {num(2), num(1)}, {num(3), num(2)}), 0.190921304, 5e-10);
  EXPECT_NEAR(kl(beta, {num(2), num(3)}, {num(1), num(1)}), 0.234906650, 5e-10);
  EXPECT_NEAR(kl(dirichlet, {vec({1, 2, 3})}, {vec({1, 1, 1})}), 0.551197382, 5e-10);
  EXPECT_NEAR(
      kl(normal, {vec({1}), vec({0.25}).reshape({1, 1})}, {vec({0}), vec({1}).reshape({1, 1})}),
      1.306852819,
      5e-10);
}

/// ln N(x | m, (1 / precision)).
double log_normal(double x, double m, double precision) {
  return 0.5 * std::log(precision / (2 * M_PI)) - 0.5 * precision * (x - m) * (x - m);
}
double log_gamma_density(double x, double a, double b) {
  return a * std::log(b) - std::lgamma(a) + (a - 1) * std::log(x) - b * x;
}

TEST(KnownFamilies, NormalGammaIsANormalTimesAGamma) {
  const auto family = make_family("normal_gamma", 1);
  const Tensor eta = family->natural({vec({0.3}), vec({2.5}).reshape({1, 1}), num(1.7), num(0.6)});
  const double w = -0.4, tau = 1.9;
  EXPECT_NEAR(family->log_prob(vec({w, tau}), eta).item<double>(),
              log_normal(w, 0.3, tau * 2.5) + log_gamma_density(tau, 1.7, 0.6),
              1e-13);
}

TEST(KnownFamilies, OneDimensionalWishartIsAGamma) {
  // Wishart(W, nu) of one dimension is Gamma(nu / 2, 1 / (2 W)).
  const auto family = make_family("wishart", 1);
  const Tensor eta = family->natural({vec({1 / 0.8}).reshape({1, 1}), num(3.4)});
  EXPECT_NEAR(family->log_prob(vec({1.3}), eta).item<double>(),
              log_gamma_density(1.3, 1.7, 1 / 1.6),
              1e-13);
}

// scipy.stats.wishart(df=4.5, scale=[[0.7, 0.2], [0.2, 0.5]]).logpdf([[2.0, 0.3], [0.3, 1.5]]),
// SciPy 1.17.
TEST(KnownFamilies, WishartOfTwoDimensions) {
  const auto family = make_family("wishart", 2);
  const Tensor scale = vec({0.7, 0.2, 0.2, 0.5}).reshape({2, 2});
  const Tensor eta = family->natural({scale.inverse(), num(4.5)});
  EXPECT_NEAR(
      family->log_prob(vec({2.0, 0.3, 0.3, 1.5}), eta).item<double>(), -3.4086245558536388, 1e-12);
}

TEST(KnownFamilies, NormalWishartIsANormalTimesAWishart) {
  const auto family = make_family("normal_wishart", 2), wishart = make_family("wishart", 2),
             normal = make_family("normal", 2);
  const Tensor inverse_scale = vec({2.0, -0.4, -0.4, 1.1}).reshape({2, 2});
  const Tensor location = vec({0.3, -0.8}), mu = vec({0.1, 0.2});
  const Tensor precision = vec({1.2, 0.5, 0.5, 0.9}).reshape({2, 2});
  const Tensor eta = family->natural({location, num(1.5), inverse_scale, num(3.2)});
  const Tensor expected =
      wishart->log_prob(precision.flatten(), wishart->natural({inverse_scale, num(3.2)})) +
      normal->log_prob(mu, normal->natural({location, precision * 1.5}));
  EXPECT_NEAR(family->log_prob(at::cat({mu, precision.flatten()}), eta).item<double>(),
              expected.item<double>(),
              1e-13);
}

TEST(KnownFamilies, LikelihoodStatisticsGiveTheMaximumLikelihoodEstimate) {
  // N (1/2, -xx^T/2, x, -1/2) summed over points: the mode is the sample mean and the inverse
  // sample covariance.
  const auto family = make_family("normal_wishart", 2);
  const Tensor x = vec({1, 2, 3, 1, -1, 0.5, 2, 2.5}).reshape({4, 2});
  const Tensor second = x.transpose(0, 1).matmul(x);
  const Tensor eta = at::cat({vec({2.0}), second.flatten() * -0.5, x.sum(0), vec({-2.0})});
  const Tensor mode = family->mode(eta);
  const Tensor mean = x.mean(0), covariance = second / 4 - mean.outer(mean);
  EXPECT_LE((mode.narrow(0, 0, 2) - mean).abs().max().item<double>(), 1e-14);
  EXPECT_LE(
      (mode.narrow(0, 2, 4).reshape({2, 2}) - covariance.inverse()).abs().max().item<double>(),
      1e-12);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
