#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "elbow/data/dataset/batch.h"

namespace elbow {

/// Sequences of different lengths, step after step without their padding.
struct Sequences {
  at::Tensor steps;                   ///< [M, D]
  std::vector<std::int64_t> offsets;  ///< [B + 1] where each sequence begins; M in the end
  std::int64_t most_steps = 0;        ///< T of the padded sequences

  std::int64_t count() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::int64_t length(std::int64_t n) const {
    return offsets[static_cast<std::size_t>(n + 1)] - offsets[static_cast<std::size_t>(n)];
  }
  /// Rows in the padded [B * T] of each step, [M].
  at::Tensor padded_rows() const;
  /// [M, W] of each step as [B, T, W]. @param past_end value of the padding
  at::Tensor padded(const at::Tensor& values, double past_end) const;
};

/// @param batch x [B, T, D]; its lengths, or else rows of NaN past the end of a sequence
/// @throws DataError where a value is missing within a sequence, or a sequence has no step
Sequences without_padding(const Batch& batch);

}  // namespace elbow
