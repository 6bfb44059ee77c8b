#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbow/data/sources/input.h"
#include "numeric_table.h"

namespace elbow::data {

/// Rows of a table of one or two dimensions.
RawData table_input(const ConfigNode& config,
                    const Reading& reading,
                    const std::string& file,
                    bool may_lack_response);
/// Time steps of a table, cut as the section says, or an array of sequences with their padding.
RawData sequence_input(const ConfigNode& config, const Reading& reading, const std::string& file);
/// Pictures in any format, with or without the axis of a single channel.
RawData image_input(const ConfigNode& config, const Reading& reading, const std::string& file);

/// The columns of a user's table that are those of the training, in the order of the training.
/// @param required how many of them, from the first, must be there; the others may be
/// @throws DataError naming both sides
std::vector<std::int64_t> input_columns(const NumericTable& table,
                                        const Reading& reading,
                                        std::int64_t required,
                                        const std::string& file);
/// The reading of a run that never saw a file: all columns, in their order.
Reading with_columns(Reading reading);
/// A text table or an array, by the markers and the header of the section and the names of
/// training.
NumericTable read_input_table(const ConfigNode& config,
                              const Reading& reading,
                              std::int64_t required,
                              const std::string& bytes,
                              const std::string& file);
/// The split "input" of these rows.
RawData as_input(RawSplit split, const Reading& reading, const std::string& bytes);

}  // namespace elbow::data
