#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// Whether numbers of a batch are so large that their squares overflow its dtype, as densities do.
/// NaN is left out: it pads sequences.
bool has_squares_that_overflow(const at::Tensor& x);

/// What to do about them.
constexpr char kRescaleLargeData[] =
    "rescale the columns (data.standardize: true): the squares of some numbers in the data "
    "overflow the dtype";

}  // namespace elbow
