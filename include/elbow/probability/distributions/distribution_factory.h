#pragma once

#include "elbow/foundations/core/factory.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// What the conformance tests need of a distribution.
struct DistributionExample {
  /// Builds one with random but moderate parameters: batch shape `batch`, deterministic in `seed`,
  /// given dtype; parameters require grad.
  std::function<DistributionPtr(const Shape& batch, std::uint64_t seed, at::ScalarType dtype)> make;
};

/// Distributions by name: normal, diag_normal, full_rank_normal, low_rank_normal, mixture_normal,
/// continuous_bernoulli, laplace, logistic, log_normal, student_t, gamma, beta, dirichlet,
/// von_mises_fisher, uniform_sphere, bernoulli, categorical,
/// one_hot_categorical, poisson, negative_binomial, zero_inflated_negative_binomial, ordinal,
/// discretized_logistic, relaxed_bernoulli, relaxed_one_hot, independent. Components are built by
/// conditional distributions; `create` gives the example for tests, `info` the documentation
/// (traits: DistributionRowTraits).
Factory<DistributionExample>& distribution_factory();

}  // namespace elbow
