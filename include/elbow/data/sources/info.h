#pragma once

#include <string>

#include "elbow/foundations/core/config_node.h"

namespace elbow::data {

/// Facts of one IDX, NPY or text table (.gz too), for `elbow data info --json`: file, format,
/// shape, dtype, values, min, max, mean, nan_count (min, max and mean are over the finite values;
/// null when there are none), counts of classes for labels, columns of a table with a header,
/// bytes, sha256 of the file and of the decoded content. Of a corpus (.ldac): documents,
/// empty_documents, pairs, tokens, vocabulary_size (the largest id + 1), warnings, bytes, sums.
/// @throws DataError when the file cannot be read or is malformed
Json data_info(const std::string& path);

/// The same as text, with a preview in characters of the first image, for `elbow data info FILE`.
std::string describe_data_file(const std::string& path);

}  // namespace elbow::data
