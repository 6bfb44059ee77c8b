#include "elbow/models/conjugate/component_likelihood.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>

#include <limits>

#include "class_frame.h"
#include "elbow/foundations/core/error.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

namespace {

/// A(eta) of each row; NaN where it has none: a row that is not finite, or so large that rounding
/// left no positive definite matrix. One such row must not take the others with it.
Tensor partitions_of_rows(const ExponentialFamily& family, const Tensor& eta) {
  try {
    return family.log_partition(eta);
  } catch (const c10::LinAlgError&) {
    if (eta.size(0) == 1)
      return at::full(eta.sizes().slice(0, eta.dim() - 1),
                      std::numeric_limits<double>::quiet_NaN(),
                      at::kDouble);
  }
  const std::int64_t half = eta.size(0) / 2;
  return at::cat({partitions_of_rows(family, eta.narrow(0, 0, half)),
                  partitions_of_rows(family, eta.narrow(0, half, eta.size(0) - half))});
}

}  // namespace

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
  // A point mass may have probabilities of 0. Their logarithms go through the matrix product as
  // large finite numbers, since 0 outcomes times -inf would be NaN.
  constexpr double kImpossible = -1e290;
  const Tensor out =
      features(x).flatten(1).matmul(without_infinity(mean).flatten(1).transpose(0, 1));
  if (!mean.isneginf().any().item<bool>()) return out;
  return out.masked_fill(out.lt(kImpossible), -std::numeric_limits<double>::infinity());
}

Tensor ComponentLikelihood::covariance(const Tensor&) const { return {}; }

std::optional<LocationPrior> ComponentLikelihood::location_prior(const Tensor&) const {
  return std::nullopt;
}

Tensor ComponentLikelihood::collect(const Tensor& x, const Tensor& responsibilities) const {
  return responsibilities.transpose(0, 1)
      .matmul(features(x).flatten(1))
      .view(factor_.prior.sizes());
}

Tensor ComponentLikelihood::log_predictive(const Tensor& x,
                                           const Tensor& natural,
                                           bool is_point,
                                           const Tensor& frame) const {
  const ExponentialFamily& family = *factor_.family;
  if (is_point) {
    const Tensor mean = family.statistics(family.mode(natural));
    if (frame.defined()) return framed_scores(*this, x, mean, frame);
    return expected_score(x, mean) + base(x).unsqueeze(-1);
  }
  Tensor u = features(x), b = base(x);
  // Class by class: [B, K, ..., P] would not fit for many classes.
  std::vector<Tensor> columns;
  for (std::int64_t k = 0; k < natural.size(0); ++k) {
    if (frame.defined()) {
      u = features(x - frame[k]);
      b = base(x - frame[k]);
    }
    const Tensor gained =
        partitions_of_rows(family, natural[k] + u) - family.log_partition(natural[k]);
    columns.push_back(gained.reshape({x.size(0), -1}).sum(-1) + b);
  }
  return at::stack(columns, -1);
}

}  // namespace elbow
