#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "elbow/data/sources/named_set.h"

namespace elbow {

/// Examples of a program as the only split of a data set.
/// @param split    train, or test for examples that come later
/// @param examples [N, event...], as of Fit
/// @throws DataError for a shape or type that no model takes
data::RawData raw_data_of(const at::Tensor& examples, const std::string& split, bool allow_nan);

/// The row `tensors` of the factory `data`: what a configuration may say of such examples, and what
/// rules know of them.
ComponentInfo tensor_data_row(const at::Tensor& examples);

}  // namespace elbow
