#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace elbow {

/// The variance of a mean, from deviations about the first draw: squares about 0 lose what is small
/// beside them, and an error that is known would be 0.
class DrawSpread {
 public:
  void add(double value) {
    if (count_++ == 0) first_ = value;
    sum_ += value - first_;
    squares_ += (value - first_) * (value - first_);
  }
  double variance_of_mean() const {
    const double count = static_cast<double>(count_), mean = sum_ / count;
    const double variance = squares_ / count - mean * mean;
    // max(0, NaN) would be 0.
    return count_ > 1 && std::isfinite(variance) ? std::max(0.0, variance) / (count - 1)
                                                 : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  std::int64_t count_ = 0;
  double first_ = 0, sum_ = 0, squares_ = 0;
};

}  // namespace elbow
