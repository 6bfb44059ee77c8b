#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// KL(p || q) in closed form, [batch...]; nothing when the pair has none.
std::optional<Tensor> kl_divergence(const Distribution& p, const Distribution& q);

/// The terms of a KL that is a sum over the event's dimensions, [batch..., event...]; nothing when
/// it is not.
std::optional<Tensor> kl_per_dimension(const Distribution& p, const Distribution& q);

/// The pairs of names that have a closed form, for the conformance test and `elbow describe`.
std::vector<std::pair<std::string, std::string>> closed_form_kl_pairs();

}  // namespace elbow
