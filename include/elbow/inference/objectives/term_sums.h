#pragma once

#include <vector>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

struct WeightedTerm {
  Tensor values;  ///< [K, B] of K particles, or [B] of what is the same for all of them
  double weight = 1.0;
};

/// Whether the sums below are one loop and one node of the graph: terms of one batch on the CPU.
bool fit_one_sum(const std::vector<WeightedTerm>& terms);

/// Σ weight · values of terms that are all [K, B]. They must fit.
Tensor sum_of_terms(const std::vector<WeightedTerm>& terms);

/// Σ weight · mean of the values over their particles, [B]. They must fit.
Tensor sum_of_particle_means(const std::vector<WeightedTerm>& terms);

/// Of all numbers, added up in float64. They must lie on the CPU, contiguous.
double sum_of_all(const Tensor& values);

/// -mean(values), 0-dim: a loss.
Tensor minus_mean(const Tensor& values);

}  // namespace elbow
