#pragma once

#include <cstdint>
#include <string>

#include "elbow/foundations/core/config_node.h"
#include "numeric_table.h"

namespace elbow::data {

/// What to do about gaps in a file for a run that never saw one.
inline constexpr char kNoGapsInTraining[] =
    "fill in what is missing or leave the rows out: the training data had no gaps, so that the run "
    "cannot say what stands in one (docs/missing.md)";

/// Makes NaN of the numbers where the mask that `data.mask` names is 0.
/// @return SHA-256 of the mask @throws DataError for a mask of another shape, or with other numbers
/// than 0 and 1
std::string hide_by_mask(const ConfigNode& config, NumericTable& table, const std::string& path);
/// The same of images, by `data.train_mask`, `valid_mask` and `test_mask`. Bytes, which have no
/// NaN, become the numbers that the model would be shown.
/// @throws DataError also for a split that is not there
void hide_pixels(const ConfigNode& config, RawData& data);
/// Makes NaN of a share of the numbers of every split, by keyed draws of (split, row, column).
void hide_at_random(RawData& data, double share, std::uint64_t seed);
/// Finds out whether a number of a split is missing.
void note_gaps(RawData& data);

/// NaN is a gap, infinity a mistake. @throws DataError naming the first
void refuse_infinite(const NumericTable& table, const std::string& path);
void refuse_infinite(const Array& array, const std::string& file);
/// @throws DataError naming a column of which no training row has a number
void refuse_unobserved_columns(const RawData& data,
                               const NumericTable& table,
                               const std::string& path);

}  // namespace elbow::data
