#include "elbow/inference/estimators/vimco.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include <cmath>
#include <limits>

#include "score_terms.h"

namespace elbow {
namespace {

/// log of the others' arithmetic mean, for each particle: [K, B]. Sums without subtraction, which
/// would lose the small weights beside a large one.
Tensor log_mean_of_others(const Tensor& log_weights, const Tensor& is_own) {
  const Tensor others =
      log_weights.unsqueeze(1).masked_fill(is_own, -std::numeric_limits<double>::infinity());
  return at::logsumexp(others, /*dim=*/0) - std::log(static_cast<double>(log_weights.size(0) - 1));
}

}  // namespace

ComponentInfo Vimco::info() {
  EstimatorTraits traits;
  traits.scores_draws = true;
  traits.compares_particles = true;
  return ComponentInfo::of("vimco",
                           "Score function that credits each particle with the difference it makes")
      .source(
          "Mnih, Rezende, Variational inference for Monte Carlo objectives, 2016, "
          "arXiv:1602.06725, "
          "section 3")
      .takes({Parameter::choice("mean", {"geometric", "arithmetic"}, "of the others' weights")
                  .defaults("geometric")})
      .with(traits);
}

GradientEstimatorPtr Vimco::create(const ConfigNode& node, const DataContext&) {
  return std::make_shared<Vimco>(node.text("mean") == "geometric" ? Mean::geometric
                                                                  : Mean::arithmetic);
}

Surrogate Vimco::estimate(const Objective& objective, Proposals& proposals) {
  TORCH_CHECK(objective.num_particles() > 1, "vimco needs at least two particles, got 1");
  const Trace guide = proposals.draw(objective.num_particles());
  const Trace model = proposals.score(guide);
  const auto advantages = [this](const Bound& of_guide, const Tensor& log_weights) {
    const std::int64_t count = log_weights.size(0), batch = log_weights.size(1);
    const Tensor is_own = at::eye(count, log_weights.options().dtype(at::kBool)).unsqueeze(-1);
    const Tensor mean = mean_ == Mean::geometric ? mean_of_others(log_weights)
                                                 : log_mean_of_others(log_weights, is_own);
    // [particle, whose weight is replaced, example]
    const Tensor replaced = at::where(is_own, mean.unsqueeze(0), log_weights.unsqueeze(1));
    const Tensor bounds = of_guide.reduce(replaced.reshape({count, count * batch}));
    return of_guide.reduce(log_weights).unsqueeze(0) - bounds.view({count, batch});
  };
  return score_function_surrogate(objective, model, guide, advantages);
}

}  // namespace elbow
