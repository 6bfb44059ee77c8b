#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/condition_names.h"

namespace elbow {

/// How many numbers it is; 0 where the data do not say it.
std::int64_t condition_size(const std::string& name, const DataContext& data);

/// Labels as one-hot vectors, [B, C]; zeros where there is none. @param labels [B] int64
Tensor one_hot_labels(const Tensor& labels,
                      std::int64_t num_classes,
                      const at::TensorOptions& options);
/// The condition of each example of a batch, [B, C].
/// @throws DataError where the batch does not say it
Tensor condition_of(const std::string& name,
                    const Batch& batch,
                    std::int64_t size,
                    const at::TensorOptions& options);

/// Conditions for draws where nobody has chosen any: each class in turn. @param begin the number of
/// the first draw
Batch conditions_in_turn(std::int64_t num_classes, std::int64_t begin, std::int64_t count);

/// Inputs of a network side by side: what was drawn, [K, B, L], and what all draws share, [B, D].
/// @return [K, B, C]; [B, C] where nothing was drawn
Tensor joined_inputs(const std::vector<Tensor>& inputs);

}  // namespace elbow
