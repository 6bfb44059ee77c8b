// lambda_hat - lambda is the natural gradient: the same direction whatever the coordinates.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/probability/families/gamma.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// The bound over a gamma factor with a gamma prior, given statistics s: <s, E t> - KL(q || p).
struct OneFactor {
  GammaFamily family;
  Tensor prior = family.natural({at::full({}, 1.5, at::kDouble), at::full({}, 0.7, at::kDouble)});
  Tensor statistics = at::tensor({14.0, -5.0}, at::kDouble);
  Tensor start = family.natural({at::full({}, 2.5, at::kDouble), at::full({}, 3.0, at::kDouble)});

  Tensor bound(const Tensor& eta) const {
    return (statistics * family.mean(eta)).sum() - family.kl(eta, prior);
  }
  Tensor direction() const { return prior + statistics - start; }
};

/// Other coordinates psi = (ln a, ln b), and back.
Tensor to_natural(const Tensor& psi) { return at::stack({psi[0].exp() - 1.0, -psi[1].exp()}); }
Tensor to_logarithms(const Tensor& eta) {
  return at::stack({(eta[0] + 1.0).log(), (-eta[1]).log()});
}

Tensor gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& at_point) {
  const Tensor leaf = at_point.detach().clone().requires_grad_();
  return torch::autograd::grad({f(leaf)}, {leaf})[0].detach();
}

/// Rows are gradients of the outputs. [outputs, inputs]
Tensor jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& at_point) {
  const Tensor leaf = at_point.detach().clone().requires_grad_();
  const Tensor value = f(leaf);
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < value.size(0); ++i)
    rows.push_back(
        torch::autograd::grad({value[i]}, {leaf}, {}, /*retain_graph=*/true)[0].detach());
  return at::stack(rows);
}

/// Fisher information of psi, from nothing but the divergence: its Hessian at home.
Tensor fisher(const OneFactor& factor, const Tensor& psi) {
  const Tensor home = to_natural(psi).detach(), leaf = psi.detach().clone().requires_grad_();
  const Tensor divergence = factor.family.kl(home, to_natural(leaf));
  const Tensor first = torch::autograd::grad(
      {divergence}, {leaf}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0];
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < 2; ++i)
    rows.push_back(
        torch::autograd::grad({first[i]}, {leaf}, {}, /*retain_graph=*/true)[0].detach());
  return at::stack(rows);
}

double distance(const Tensor& a, const Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

TEST(NaturalGradient, IsTheDirectionFoundInMeanCoordinates) {
  // In mean coordinates the Fisher matrix is the inverse Hessian of A, so the natural gradient
  // there is the ordinary gradient in natural coordinates; the Jacobian between the two must carry
  // one direction to the other.
  const OneFactor factor;
  const Tensor carried =
      jacobian([&](const Tensor& eta) { return factor.family.mean(eta); }, factor.start)
          .matmul(factor.direction());
  const Tensor found = gradient([&](const Tensor& eta) { return factor.bound(eta); }, factor.start);
  EXPECT_LE(distance(carried, found), 1e-10);
}

TEST(NaturalGradient, IsTheDirectionFoundInLogarithms) {
  const OneFactor factor;
  const Tensor psi = to_logarithms(factor.start);
  const Tensor plain = gradient([&](const Tensor& p) { return factor.bound(to_natural(p)); }, psi);
  const Tensor natural = fisher(factor, psi).inverse().matmul(plain);
  const Tensor carried = jacobian(to_natural, psi).matmul(natural);
  EXPECT_LE(distance(carried, factor.direction()), 1e-10);
  // The ordinary gradient goes elsewhere: more than 20 degrees away.
  const Tensor ordinary = jacobian(to_natural, psi).matmul(plain);
  const double cosine =
      (ordinary.dot(factor.direction()) / (ordinary.norm() * factor.direction().norm()))
          .item<double>();
  EXPECT_LT(cosine, 0.94);
}

TEST(NaturalGradient, FiniteStepsInTwoCoordinatesDifferBySecondOrder) {
  const OneFactor factor;
  const Tensor psi = to_logarithms(factor.start);
  const Tensor plain = gradient([&](const Tensor& p) { return factor.bound(to_natural(p)); }, psi);
  const Tensor natural = fisher(factor, psi).inverse().matmul(plain);
  std::vector<double> divergences;
  for (const double rho : {0.04, 0.02, 0.01, 0.005}) {
    const Tensor here = factor.start + rho * factor.direction();
    const Tensor there = to_natural(psi + rho * natural);
    divergences.push_back(factor.family.kl(here, there).item<double>());
  }
  for (std::size_t i = 1; i < divergences.size(); ++i)
    EXPECT_NEAR(divergences[i - 1] / divergences[i], 16.0, 1.6) << i;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
