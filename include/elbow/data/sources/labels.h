#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow::data {

/// The label of a row that has none.
constexpr std::int64_t kNoLabel = -1;

/// What labels are called in the file, from the smallest: the labels are their positions.
using Classes = std::vector<double>;

/// The classes among these values, NaN being none.
Classes classes_of(const std::vector<double>& values);
/// Labels of these values. @param place_of names the place of a row, for messages
/// @throws DataError for a value that is none of the classes
std::vector<std::int64_t> labels_of(const std::vector<double>& values,
                                    const Classes& classes,
                                    const std::function<std::string(std::int64_t row)>& place_of);

/// Of these rows of a split, kNoLabel where the split has none.
std::vector<std::int64_t> labels_at(const RawSplit& split, const std::vector<std::int64_t>& rows);

/// Keeps the labels of `data.labelled` training rows, as many of each class as can be, drawn by
/// `data.label_seed`, and forgets the others; then lets each labelled row stand in the training
/// split `data.label_repeats` times. Does nothing without these keys, or without labels.
/// @throws DataError for more than there are
void choose_labelled(RawData& data, const ConfigNode& config, std::uint64_t run_seed);

/// The keys that it reads.
std::vector<Parameter> label_choices();

}  // namespace elbow::data
