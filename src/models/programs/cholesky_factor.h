#pragma once

#include "elbow/models/programs/evaluation.h"

namespace elbow::programs {

/// The lower factor; draws whose matrix is not positive definite are rejected.
/// @param matrix [K?, n, n]
Tensor cholesky_factor(Evaluation& at,
                       const stan::Expr& call,
                       const Tensor& matrix,
                       bool is_batched);

}  // namespace elbow::programs
