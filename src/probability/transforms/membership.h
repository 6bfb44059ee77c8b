#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace elbow {

/// Which numbers, vectors or matrices belong to a support: [..., event] to booleans [...]. Nothing
/// here reads a value back from the device.
using Membership = std::function<at::Tensor(const at::Tensor&)>;

/// [...] to [...].
Membership any_finite_number();
Membership strictly_between(double lower, double upper);  ///< infinite bounds are allowed
Membership between(double lower, double upper);
Membership zero_or_one();
Membership whole_number();
Membership counting_number();

/// [..., D] to [...].
Membership on_simplex();
Membership on_sphere();
Membership increasing();
Membership increasing_from_above_zero();
Membership one_hot_variables();

/// [..., n, n] to [...].
Membership lower_triangular_with_positive_diagonal();
Membership correlation_factor();

}  // namespace elbow
