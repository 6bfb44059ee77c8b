#pragma once

#include <vector>

#include "elbow/models/programs/univariate.h"

namespace elbow::programs {

using Values = std::vector<Tensor>;
using Numbers = std::vector<double>;

/// Each adds its part of univariates().
void add_real_line(std::vector<Univariate>& all);   // location and scale
void add_skewed(std::vector<Univariate>& all);      // of the line, skewed
void add_gamma_like(std::vector<Univariate>& all);  // of a positive number
void add_positive(std::vector<Univariate>& all);    // the same, by a power or a logarithm
void add_intervals(std::vector<Univariate>& all);   // of an interval or a circle
void add_trials(std::vector<Univariate>& all);      // numbers of successes
void add_urns(std::vector<Univariate>& all);        // hypergeometric, discrete_range
void add_counts(std::vector<Univariate>& all);      // discrete, unbounded

}  // namespace elbow::programs
