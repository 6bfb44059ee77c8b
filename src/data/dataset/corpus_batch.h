#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "elbow/data/sources/named_set.h"

namespace elbow {

/// Documents as a sparse CSR tensor of counts [B, vocabulary_size] with int64 indices.
/// @param rows numbers within the split  @param dtype of the counts
at::Tensor corpus_batch(const data::RawSplit& split,
                        const std::vector<std::int64_t>& rows,
                        std::int64_t vocabulary_size,
                        at::ScalarType dtype);
/// [vocabulary_size] mean count of each word over the documents of a split; float64.
at::Tensor mean_counts(const data::RawSplit& split, std::int64_t vocabulary_size);

}  // namespace elbow
