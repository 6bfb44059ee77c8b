// Location and clamped log scale of a diagonal normal as one operation against LibTorch's
// operators.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/neural/conditional/posterior.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::resolved;

/// The distribution's parameters, and the gradient in the numbers it was made of.
std::vector<Tensor> parameters_of(const Tensor& numbers) {
  const ConfigNode node(resolved(info_in(posterior_factory(), "diag_normal"),
                                 {{"min_log_scale", -1.0}, {"max_log_scale", 0.5}}),
                        "guide.posterior");
  const auto family = posterior_factory().create(node, BuildContext{{3}, {5}, {}});
  const Tensor flat = numbers.detach().requires_grad_();
  std::vector<Tensor> out;
  Tensor total = at::zeros({}, flat.options());
  for (const auto& parameter : family->distribution(flat)->parameters()) {
    out.push_back(parameter.second);
    const Tensor weights = at::arange(1, 1 + parameter.second.numel(), flat.options());
    total = total + (parameter.second.flatten() * weights).sum();
  }
  out.push_back(torch::autograd::grad({total}, {flat})[0]);
  return out;
}

TEST(NormalHead, IsTheHalvesByLibTorchsOperators) {
  const double nan = std::nan("");
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    // At the limits, beyond them, and not a number; a row further apart than its length.
    const Tensor wide =
        at::tensor({1.0, 2.0, 3.0, -1.0, 0.5, 0.0, 9.0, 4.0, nan, 6.0, -1.5, 0.6, nan, 9.0}, dtype)
            .view({2, 7});
    for (const Tensor& numbers : {wide.narrow(1, 0, 6), wide.narrow(1, 0, 6).unsqueeze(0)}) {
      const auto fused = parameters_of(numbers);
      const ReferenceOperators reference;
      const auto plain = parameters_of(numbers);
      for (std::size_t i = 0; i < plain.size(); ++i)
        EXPECT_TRUE(at::allclose(fused[i], plain[i], 0, 0, /*equal_nan=*/true)) << dtype << i;
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
