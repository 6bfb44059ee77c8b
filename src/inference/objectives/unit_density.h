#pragma once

#include "elbow/models/generative/trace.h"

namespace elbow {

/// log density of each unit of independent ones. @param value [..., B, L] @return the same shape
/// @throws std::logic_error where units depend on each other, so that none has a density of its own
Tensor unit_log_prob(const Distribution& distribution, const Tensor& value);

}  // namespace elbow
