#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// (1/a) log (1/K) Σ_k w_k^a of each column, in float64 whatever the weights are in, and one node
/// of the graph. Order 0 is the mean of the logarithms.
/// @param log_weights [K, B] @return [B]; undefined where operators have to do it: another device,
/// an order so near 0 that logarithms of sums lose their digits, a column without a finite weight
Tensor fused_power_mean(const Tensor& log_weights, double order);

}  // namespace elbow
