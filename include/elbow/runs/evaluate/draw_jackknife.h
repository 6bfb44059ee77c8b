#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow {

using at::Tensor;

/// The jackknife over draws that all examples share: of the mean over examples (and over data sets
/// side by side) of ln (1/T) sum_t p_t. Examples come in batches; memory is that of the draws.
class DrawJackknife {
 public:
  /// @param log_densities [T, B, G] ln p_t of examples and data sets
  void add(const Tensor& log_densities);
  /// Of the mean logarithm of the mean. Undefined for one draw.
  JackknifeOfLogMean of_log_mean() const;
  /// Variance of the mean over draws of (ln p_t of the mean example, minus `offsets`). NaN for one
  /// draw. @param offsets [T, G], or undefined: none
  double variance_of_mean_log(const Tensor& offsets) const;

 private:
  Tensor falls_, logs_;     ///< [T, G]: sums over examples of ln(1 - share) and of ln p_t
  std::int64_t count_ = 0;  ///< examples
};

}  // namespace elbow
