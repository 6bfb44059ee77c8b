#pragma once

#include <string>

#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

/// Training examples to begin from: all of them, or 20,000 drawn without replacement. [M, D]
Batch some_rows(const InitialData& data, RandomSource& source);

/// Responsibilities [M, K] of x [M, D] to begin with. "kmeans++": centres that keep apart (Arthur,
/// Vassilvitskii, "k-means++: the advantages of careful seeding", 2007, section 2.2), each example
/// with the nearest; "random_examples": the same with centres drawn uniformly; no two centres are
/// equal while there are different examples left;
/// "random_responsibilities": uniform on the simplex.
/// @param is_nominal distances count the columns that differ
Tensor start_responsibilities(const Tensor& x,
                              std::int64_t num_components,
                              const std::string& start,
                              bool is_nominal,
                              RandomSource& source);

}  // namespace elbow
