#pragma once

#include "elbow/models/programs/evaluation.h"

namespace elbow::programs {

/// How many unconstrained numbers stand for a parameter. @param sizes Evaluation::sizes_of
std::int64_t num_unconstrained(const stan::SizedType& type, const std::vector<std::int64_t>& sizes);

/// A parameter from unconstrained numbers, and ln |dx / du|.
///
/// Bounds: exp and inv_logit; simplex by stick-breaking; ordered by exponentials of differences;
/// unit_vector normalised, with the density exp(-|u|^2 / 2) of its auxiliary radius; factors of
/// correlation matrices by tanh and canonical partial correlations. Stan Reference Manual 2.36,
/// "Constraint transforms".
///
/// @param u [K, num_unconstrained] @param place for bounds that do not fit
/// @return the value, batched; `log_jacobian` [K] grows
Value constrain(Evaluation& at,
                const stan::Statement& declaration,
                const std::vector<std::int64_t>& sizes,
                const Tensor& u,
                Tensor& log_jacobian);

/// Refuses (or rejects the draws of) a value that its declaration's constraint does not hold for:
/// data and transformed variables.
void check_constraint(Evaluation& at, const stan::Statement& declaration, const Value& value);

}  // namespace elbow::programs
