// The maximum of the zero-inflated negative binomial's likelihood finds the parameters of the
// synthetic counts.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "elbow/data/sources/named_set.h"
#include "elbow/probability/distributions/negative_binomial.h"
#include "elbow/probability/distributions/zero_inflated.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

struct Fit {
  Tensor estimate, standard_error;  ///< log mean, log dispersion, zero logit
};

/// Scoring by the outer product of the examples' gradients (Berndt, Hall, Hall, Hausman, 1974),
/// whose inverse at the maximum is the estimates' covariance.
Fit fit(const Tensor& counts) {
  Tensor theta = at::tensor({counts.mean().log().item<double>(), 0.0, -2.0}, at::kDouble);
  Tensor information;
  for (int i = 0; i < 200; ++i) {
    const Tensor each = theta.expand({counts.size(0), 3}).clone().requires_grad_();
    const ZeroInflated p(each.select(1, 2),
                         std::make_shared<NegativeBinomial>(each.select(1, 0), each.select(1, 1)));
    const Tensor gradient = torch::autograd::grad({p.log_prob(counts).sum()}, {each})[0];
    information = gradient.t().matmul(gradient);
    const Tensor step = at::linalg_solve(information, gradient.sum(0));
    theta = theta + step.clamp(-0.5, 0.5);
    if (step.abs().max().item<double>() < 1e-9) break;
  }
  return {theta, at::linalg_inv(information).diagonal().sqrt()};
}

// Twelve numbers within three standard errors: a right program fails for 3 seeds of 100, and the
// seed is fixed.
TEST(ZeroInflatedNegativeBinomial, RecoversTheParametersOfSyntheticCounts) {
  const Json section = {{"type", "synthetic_counts"},
                        {"data_size", 4},
                        {"latent_size", 1},
                        {"mean", 5.0},
                        {"latent_scale", 0.0},
                        {"dispersion", 0.5},
                        {"zero_probability", 0.2},
                        {"train_size", 20000},
                        {"validation_size", 0},
                        {"test_size", 1},
                        {"seed", 1}};
  data::RawData data = data::load_named_set(ConfigNode(section, "data"), 1);
  const Tensor x =
      at::from_blob(data.splits.at("train").images.as<double>(), {20000, 4}, at::kDouble);
  const auto means = data.info.at("means").get<std::vector<double>>();
  for (std::int64_t d = 0; d < 4; ++d) {
    const Fit found = fit(x.select(1, d).contiguous());
    const Tensor truth = at::tensor(
        {std::log(means[static_cast<std::size_t>(d)]), std::log(0.5), std::log(0.2 / 0.8)},
        at::kDouble);
    const Tensor errors = (found.estimate - truth) / found.standard_error;
    EXPECT_LT(errors.abs().max().item<double>(), 3.0) << "column " << d << errors;
    EXPECT_LT(found.standard_error.max().item<double>(), 0.2);
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
