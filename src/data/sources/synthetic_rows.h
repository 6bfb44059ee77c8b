#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "loaders.h"

namespace elbow::data {

/// Writes one row of a split. @param stream first of the two streams of random numbers that belong
/// to the split  @param x [size], to be filled
using FillRow = std::function<void(std::uint32_t stream, std::int64_t row, double* x)>;

/// A split of `rows` rows of `size` float64 numbers. @throws DataError when it would not fit
RawSplit fill_split(std::int64_t rows,
                    std::int64_t size,
                    std::uint32_t stream,
                    const FillRow& fill);

/// The first of the two streams of a split: "train", "valid" or "test".
std::uint32_t stream_of_split(const std::string& split);

/// Train, valid and test by the keys `train_size`, `validation_size` (none for 0) and `test_size`.
/// Each has its own streams: its rows do not depend on the size of another.
RawData fill_splits(const ConfigNode& config, std::int64_t size, const FillRow& fill);

}  // namespace elbow::data
