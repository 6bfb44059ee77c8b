#pragma once

#include <functional>

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// log q of all sites, [K, B]. @throws std::logic_error for a site that all examples share: its
/// signal would be the sum over the batch
Tensor log_density(const Trace& guide);

/// The same distributions and values with densities detached: what is left of a bound's gradient is
/// what closed forms give the guide.
Trace detach_densities(const Trace& guide);

/// The score-function surrogate of a K-sample bound: its own gradient at detached draws, and
/// sum_k a_k log q(z_k) for advantages a_k from the log-weights, [K, B] both.
using Advantages = std::function<Tensor(const Bound& guide, const Tensor& log_weights)>;
Surrogate score_function_surrogate(const Objective& objective,
                                   const Trace& model,
                                   const Trace& guide,
                                   const Advantages& advantages);

/// The bound of all particles but one, for each one: [K, B]. At least two particles.
Tensor bounds_without_each(const Bound& bound, const Tensor& log_weights);

/// The mean of the others, for each particle: [K, B]. At least two particles.
Tensor mean_of_others(const Tensor& values);

}  // namespace elbow
