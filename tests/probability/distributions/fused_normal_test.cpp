// Draw, density and KL of a diagonal normal as one operation each against LibTorch's operators,
// which are the specification.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <functional>

#include "elbow/probability/distributions/kl.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "probability/distributions/examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using Function = std::function<std::vector<Tensor>(const Tensor& loc, const Tensor& log_scale)>;

std::vector<Tensor> drawn(const Tensor& loc, const Tensor& log_scale) {
  auto source = testing::seeded(5);
  auto [z, log_q] = DiagNormal(loc, log_scale).rsample_and_log_prob({4}, source);
  return {z, log_q};
}

std::vector<Tensor> kl_to_standard(const Tensor& loc, const Tensor& log_scale) {
  const DiagNormal q(loc, log_scale);
  return {*kl_per_dimension(q, *DiagNormal::standard(at::zeros({loc.size(-1)}, loc.options())))};
}

std::vector<Tensor> density_under_standard(const Tensor& loc, const Tensor& log_scale) {
  const Tensor z = (loc * log_scale.exp()).contiguous();
  return {DiagNormal::standard(at::zeros({loc.size(-1)}, loc.options()))->log_prob(z)};
}

/// What comes out, then the gradients of it, and of these gradients.
std::vector<Tensor> with_gradients(const Function& function,
                                   const Tensor& loc_in,
                                   const Tensor& log_scale_in) {
  const Tensor loc = loc_in.detach().requires_grad_();
  const Tensor log_scale = log_scale_in.detach().requires_grad_();
  std::vector<Tensor> all = function(loc, log_scale);
  Tensor total = at::zeros({}, loc.options());
  for (const Tensor& out : all)
    total = total +
            (out.sin() * at::linspace(-1, 1, out.numel(), out.options()).view(out.sizes())).sum();
  for (const bool has_graph : {false, true}) {
    const auto first =
        torch::autograd::grad({total}, {loc, log_scale}, {}, /*retain_graph=*/true, has_graph);
    all.insert(all.end(), first.begin(), first.end());
    if (!has_graph) continue;
    const auto second = torch::autograd::grad({first[0].square().sum() + first[1].square().sum()},
                                              {loc, log_scale});
    all.insert(all.end(), second.begin(), second.end());
  }
  return all;
}

void expect_same(const Function& function, const std::string& name) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    auto source = testing::seeded(1);
    const Tensor loc = source.normal({3, 14}, at::TensorOptions(dtype)).narrow(1, 1, 7);
    const Tensor log_scale = source.normal({7, 3}, at::TensorOptions(dtype)).t();
    const auto fused = with_gradients(function, loc, log_scale);
    const ReferenceOperators reference;
    const auto plain = with_gradients(function, loc, log_scale);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      const double bound = dtype == at::kFloat ? 1e-5 : 1e-10;
      EXPECT_TRUE(at::allclose(fused[i], plain[i], bound, bound))
          << name << ' ' << dtype << ' ' << i;
    }
  }
}

TEST(FusedNormal, DrawAndDensityAreThoseOfThePlainRoute) { expect_same(drawn, "draw"); }

TEST(FusedNormal, KlToStandardNormalIsThatOfThePlainRoute) { expect_same(kl_to_standard, "kl"); }

TEST(FusedNormal, StandardDensityIsThatOfThePlainRoute) {
  expect_same(density_under_standard, "density");
}

// One distribution for all draws has loops of its own for one and two units.
TEST(FusedNormal, DrawsOfOneDistributionAreThoseOfThePlainRoute) {
  for (const std::int64_t size : {1, 2, 3})
    for (const std::int64_t batch : {1, 7}) {
      const auto draws = [&](const Tensor& loc, const Tensor& log_scale) {
        auto source = testing::seeded(5);
        const auto q = DiagNormal::repeated(
            loc.flatten().narrow(0, 0, size), log_scale.flatten().narrow(0, 0, size), batch);
        auto [z, log_q] = q->rsample_and_log_prob({3}, source);
        return std::vector<Tensor>{z, log_q};
      };
      expect_same(draws, "repeated " + std::to_string(size));
    }
}

TEST(FusedNormal, OneOutputMayGoUnused) {
  const auto density = [](const Tensor& loc, const Tensor& log_scale) {
    // Its value is a constant of loc.
    return std::vector<Tensor>{drawn(loc, log_scale)[1] + loc.sum() * 0};
  };
  const auto value = [](const Tensor& loc, const Tensor& log_scale) {
    return std::vector<Tensor>{drawn(loc, log_scale)[0]};
  };
  expect_same(density, "density");
  expect_same(value, "value");
}

TEST(FusedNormal, IsTakenWhereShapesAreEqual) {
  const Tensor loc = at::zeros({3, 2}).requires_grad_(), one = at::zeros({2}).requires_grad_();
  const auto name = [](const std::vector<Tensor>& out) { return out[0].grad_fn()->name(); };
  EXPECT_NE(name(drawn(loc, loc)).find("NormalDraw"), std::string::npos);
  EXPECT_EQ(name(drawn(loc, one)).find("NormalDraw"), std::string::npos);
  EXPECT_NE(name(kl_to_standard(loc, loc)).find("StandardNormalKl"), std::string::npos);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
