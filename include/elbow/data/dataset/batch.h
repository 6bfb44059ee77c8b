#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace elbow {

using at::Tensor;

/// Examples of a data set, part by part, and who they are. A part that the data do not have is
/// undefined. B examples; where G data sets are fitted side by side, an example has a row of each.
struct Batch {
  Batch() = default;
  /// A lone x is a batch without other parts.
  Batch(Tensor examples, std::vector<std::int64_t> who = {})
      : x(std::move(examples)), indices(std::move(who)) {}

  /// [B, event...] of a whole example, a response among its columns; [B] without a meaning for a
  /// model that has no data.
  Tensor x;
  std::vector<std::int64_t> indices = {};  ///< of the examples in their split
  Tensor covariates = {};                  ///< [B, D] or [B, G, D]: the columns that are given
  Tensor y = {};        ///< [B] or [B, G]: the response, the column that is predicted from them
  Tensor lengths = {};  ///< [B] int64: the steps of each sequence, behind which x is padding
  /// [B] int64: the class of each example, from 0; -1 where it is not known.
  Tensor labels = {};
  /// [B]: the size of each example where it is not the total of x, as of draws.
  Tensor library_size = {};
  /// [B, event...] bool: which numbers of x were observed; x is 0 where they were not. Undefined:
  /// all were.
  Tensor seen = {};

  /// B; 0 where nothing is there.
  std::int64_t size() const { return x.defined() ? x.size(0) : 0; }
  /// With tensors of its own.
  Batch clone() const;
  /// Whether all parts are there in both, in equal shapes.
  bool has_shapes_of(const Batch& other) const;
  /// The values of a batch of the same shapes, into the same memory.
  void overwrite_by(const Batch& other);
  /// Examples begin to begin + count of every part.
  Batch narrow(std::int64_t begin, std::int64_t count) const;
  /// Examples in another order, or some of them. @param positions [b] int64, in the batch
  Batch select(const std::vector<std::int64_t>& positions) const;
};

/// What an encoder is shown: x or, of data with gaps, x and then, along the first dimension of an
/// example, 1 for each number that was observed and 0 for those that were not: [B, 2 C, ...].
Tensor encoder_input(const Batch& batch);
/// The same of data with gaps where x has none.
Tensor encoder_input_without_gaps(const Tensor& x);

/// Steps of each sequence, [B] int64. @param x [B, T, D] on the CPU, float32 or float64, steps of
/// NaN past the end of a sequence
/// @throws DataError where a value is missing within a sequence, or a sequence has no step
Tensor sequence_lengths(const Tensor& x);

/// Examples whose last `num_responses` columns (0 or 1) are the response.
Batch batch_with_response(Tensor x, std::vector<std::int64_t> indices, std::int64_t num_responses);

}  // namespace elbow
