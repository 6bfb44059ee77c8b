#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/common/value_facts.h"

namespace elbow::cli {

/// What a starter configuration depends on in a user's data.
struct DataFacts {
  std::string path;             ///< absolute; empty: the set that comes with the program
  bool is_folder = false;       ///< `path` is a folder of IDX images
  bool is_image = false;        ///< IDX of rank 3 or 4: [N, H, W] or [N, C, H, W]
  bool is_bytes = false;        ///< grey values 0 to 255, which the loader brings to [0, 1]
  bool has_validation = false;  ///< the folder brings its own validation images
  std::int64_t rows = 0, features = 0;
  double minimum = 0, maximum = 0;
  bool is_binary = false;  ///< every value is 0 or 1
  bool is_colour = false;  ///< images of three channels
  bool has_gaps = false;   ///< some values are missing; the other facts are of those that are not
  ValueFacts values = {};
  /// Numbers of the columns with a name where one has none, as an index that pandas writes.
  std::vector<std::int64_t> columns = {};
};

/// Reads a file, or the training images of a folder.
/// @throws DataError when it is missing, malformed, empty, of a rank that no data component takes,
/// infinite, or has no value at all
DataFacts inspect_data(const std::string& path);

/// A commented configuration for these data: Bernoulli for binary and for grey images (drawn anew
/// each epoch), discretized logistics for colour images of bytes, continuous Bernoulli for values
/// in [0, 1], Poisson or negative binomial for tables of counts, Student's t for columns with heavy
/// tails, normal for anything else.
std::string starter_config(const DataFacts& facts);

}  // namespace elbow::cli
