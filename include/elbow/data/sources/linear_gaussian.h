#pragma once

#include <vector>

#include "elbow/data/sources/named_set.h"

namespace elbow::data {

/// Evidence ln p(x) of what was observed, in nats, of every row of a split of
/// synthetic_linear_gaussian, given its covariates c: z ~ N(0, I), x = W z + V c + b + noise_scale
/// * N(0, I), so x ~ N(b + V c, W W' + noise_scale^2 I), and the columns of W are orthogonal, which
/// makes the covariance diagonal in their basis. Tipping, Bishop, "Probabilistic principal
/// component analysis", JRSS B 61(3), 1999, section 3.
/// Where `values` are positive or fractions, x is the exponential of that, or it as odds.
/// @param data   with info.weight [D, L], info.bias [D], info.noise_scale, info.effects [C, D]
/// @param split  "train", "valid" or "test"
std::vector<double> log_evidence(const RawData& data, const std::string& split);

}  // namespace elbow::data
