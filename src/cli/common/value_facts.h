#pragma once

#include <cstdint>
#include <vector>

namespace elbow::cli {

/// How far from its column's median a value is an outlier, in standard deviations that the median
/// of the distances to it estimates.
inline constexpr double kOutlier = 6;

/// What the values of a table say of the likelihood that suits them.
struct ValueFacts {
  bool are_counts = false;  ///< every value is one of 0, 1, 2, ...
  double variance_over_mean =
      0;                         ///< over the columns, weighed by their means; 1 for Poisson counts
  double share_of_outliers = 0;  ///< of the values of columns in which no value has the majority
  /// The same of the logarithms, where all values are above 0; else 1.
  double share_of_log_outliers = 1;
};

/// @param values rows of `columns` values, NaN where one is missing
ValueFacts value_facts(const std::vector<float>& values, std::int64_t columns);

}  // namespace elbow::cli
