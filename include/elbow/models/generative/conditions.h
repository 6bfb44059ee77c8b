#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/data/dataset/build_context.h"

namespace elbow {

/// What the label of an example is called where something is given it: a one-hot vector [C].
inline constexpr char kLabel[] = "label";

/// The total of an example's counts: its logarithm, [1].
inline constexpr char kLibrarySize[] = "library_size";

/// Whether a name is that of a condition: something that data say of an example, which nobody
/// draws.
bool is_condition(const std::string& name);
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
