#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// Below this order, and above 0, the exponentials of a power mean are all near 1, and their
/// logarithm would lose its digits.
constexpr double kSmallOrder = 1e-2;

/// (1/a) log sum_k m_k w_k^a over the first dimension, from log w and the masses' logs (undefined:
/// 1 / K each): the logarithm of a power mean. a = 0 gives the mean of log w. Sums are made in
/// double precision, so that float32 weights lose nothing however many there are.
Tensor log_power_mean(const Tensor& log_weights, const Tensor& log_masses, double order);

/// Its derivatives for equal masses: v_k = w_k^a / sum_j w_j^a, and a v_k (1 - v_k).
WeightDerivatives power_mean_derivatives(const Tensor& log_weights, double order);

/// sum_k m_k log w_k. @return as log_weights without its first dimension
Tensor mean_log(const Tensor& log_weights, const Tensor& log_masses);

/// Splits the particles into `count` groups of equal size: [K, B] to [K / count, count * B]. Fewer
/// particles than groups (an evaluation's one) are a group each.
Tensor in_groups(const Tensor& log_weights, std::int64_t count);
/// Undoes in_groups for values of the same shape.
Tensor from_groups(const Tensor& grouped, const Tensor& log_weights);

/// num_particles, the key of every objective that draws K latents.
Parameter particles_parameter(std::int64_t otherwise, const std::string& help);

}  // namespace elbow
