#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace elbow {

using at::Tensor;

/// Examples of a data set, part by part, and who they are. A part that the data do not have is
/// undefined. B examples; where G data sets are fitted side by side, an example has a row of each.
struct Batch {
  /// [B, event...] of a whole example, a response among its columns; [B] without a meaning for a
  /// model that has no data.
  Tensor x;
  std::vector<std::int64_t> indices = {};  ///< of the examples in their split
  Tensor covariates = {};                  ///< [B, D] or [B, G, D]: the columns that are given
  Tensor y = {};  ///< [B] or [B, G]: the response, the column that is predicted from them

  /// B; 0 where nothing is there.
  std::int64_t size() const { return x.defined() ? x.size(0) : 0; }
  /// Examples begin to begin + count of every part.
  Batch narrow(std::int64_t begin, std::int64_t count) const;
  /// Examples in another order, or some of them. @param positions [b] int64, in the batch
  Batch select(const std::vector<std::int64_t>& positions) const;
};

/// Examples whose last `num_responses` columns (0 or 1) are the response.
Batch batch_with_response(Tensor x, std::vector<std::int64_t> indices, std::int64_t num_responses);

}  // namespace elbow
