// The energies by their kernel of the CPU against LibTorch's operators.
#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/probability/distributions/reference_operators.h"
#include "elbow/probability/targets/energy.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

struct Derivatives {
  Tensor value, gradient, second;
};

/// @param points leaves their gradient alone
Derivatives derivatives(const Target& target, const Tensor& points) {
  const Tensor z = points.detach().clone().requires_grad_();
  Derivatives out;
  const Tensor value = target.log_density(z);
  const Tensor weights = at::linspace(0.5, 2, value.numel(), value.options()).view_as(value);
  out.value = value.detach();
  out.gradient = torch::autograd::grad({(value * weights).sum()}, {z}, {}, true, true)[0];
  out.second = torch::autograd::grad({(out.gradient * out.gradient).sum()}, {z})[0];
  out.gradient = out.gradient.detach();
  return out;
}

/// Second derivatives by operators are no numbers where a bump vanishes.
double largest_difference(const Tensor& a, const Tensor& b) {
  const Tensor difference = (a - b).abs() / b.abs().clamp_min(1);
  return difference.masked_fill(a.isnan().logical_and(b.isnan()), 0).max().item<double>();
}

/// 999 points of a wide normal, the origin, and points far out.
Tensor points(at::ScalarType type) {
  const at::Generator generator = seeded_generator(at::kCPU, 20);
  const Tensor drawn = at::randn({999, 2}, generator, at::kDouble) * 3;
  const Tensor far = at::tensor({0.0, 0.0, 40.0, -3.0, -25.5, 300.0}, at::kDouble).view({3, 2});
  return at::cat({drawn, far}).to(type);
}

TEST(EnergyKernel, AgreesWithOperators) {
  for (const EnergyTarget::Energy& row : EnergyTarget::energies())
    for (const bool is_confined : {false, true})
      for (const auto type : {at::kDouble, at::kFloat}) {
        SCOPED_TRACE(std::string(row.name) + (is_confined ? " confined " : " ") +
                     c10::toString(type));
        const EnergyTarget target(row, is_confined);
        const Tensor z = points(type);
        const Derivatives fused = derivatives(target, z);
        const ReferenceOperators asked;
        const Derivatives expected = derivatives(target, z);
        const double bar = type == at::kDouble ? 1e-10 : 2e-4;
        EXPECT_LE(largest_difference(fused.value, expected.value), bar);
        EXPECT_LE(largest_difference(fused.gradient, expected.gradient), 10 * bar);
        EXPECT_LE(largest_difference(fused.second, expected.second), 100 * bar);
      }
}

TEST(EnergyKernel, TakesPointsOfAnyStrides) {
  const EnergyTarget target(EnergyTarget::energies()[1], true);
  const Tensor z = points(at::kDouble).t().contiguous().t();
  EXPECT_TRUE(at::equal(target.log_density(z), target.log_density(z.contiguous())));
  const Tensor cube = points(at::kDouble).narrow(0, 0, 24).view({2, 3, 4, 2});
  EXPECT_TRUE(
      at::equal(target.log_density(cube).flatten(), target.log_density(cube.view({24, 2}))));
  EXPECT_EQ(target.log_density(at::empty({0, 2})).numel(), 0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
