#include "elbow/conjugate/component_likelihood.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include "elbow/core/error.h"

namespace elbow {

void ComponentLikelihood::check(const Tensor& x) const {
  const std::string found = problem(x);
  if (!found.empty())
    throw DataError("model.component: " + found, "choose a component that can score these data");
}

std::optional<QuadraticScores> ComponentLikelihood::quadratic_scores(const Tensor&) const {
  return std::nullopt;
}

Tensor ComponentLikelihood::from_moments(const Tensor&, const Tensor&, const Tensor&) const {
  return {};
}

Tensor ComponentLikelihood::expected_score(const Tensor& x, const Tensor& mean) const {
  return features(x).flatten(1).matmul(mean.flatten(1).transpose(0, 1));
}

Tensor ComponentLikelihood::covariance(const Tensor&) const { return {}; }

Tensor ComponentLikelihood::collect(const Tensor& x, const Tensor& responsibilities) const {
  return responsibilities.transpose(0, 1)
      .matmul(features(x).flatten(1))
      .view(factor_.prior.sizes());
}

Tensor ComponentLikelihood::log_predictive(const Tensor& x,
                                           const Tensor& natural,
                                           bool is_point) const {
  const ExponentialFamily& family = *factor_.family;
  if (is_point)
    return expected_score(x, family.statistics(family.mode(natural))) + base(x).unsqueeze(-1);
  const Tensor u = features(x);
  // Class by class: [B, K, ..., P] would not fit for many classes.
  std::vector<Tensor> columns;
  for (std::int64_t k = 0; k < natural.size(0); ++k) {
    const Tensor gained = family.log_partition(natural[k] + u) - family.log_partition(natural[k]);
    columns.push_back(gained.reshape({x.size(0), -1}).sum(-1));
  }
  return at::stack(columns, -1) + base(x).unsqueeze(-1);
}

}  // namespace elbow
