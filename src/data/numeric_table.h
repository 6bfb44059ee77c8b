#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "division.h"
#include "elbow/data/named_set.h"

namespace elbow::data {

/// A table as doubles, with the names of its columns when the file has them.
struct NumericTable {
  std::int64_t rows = 0, cols = 0;
  std::vector<double> values;  ///< row-major
  std::vector<std::string> names;
};

/// A text table, or an array of one or two dimensions. @param nan_markers cells that read as NaN
/// @throws DataError for another shape, and for markers where there is no text
NumericTable read_numeric_table(const std::string& bytes,
                                const std::string& path,
                                const std::vector<std::string>& nan_markers);
/// The number of the column that a key names, by number from 0 or by name.
/// @throws DataError listing the columns
std::int64_t find_column(const NumericTable& table,
                         const std::string& text,
                         const std::string& key,
                         const std::string& path);
/// The numbers that `data.columns` lists, or all. @throws DataError for one that is not there
std::vector<std::int64_t> chosen_columns(const ConfigNode& config,
                                         const NumericTable& table,
                                         const std::string& path);
void keep_columns(NumericTable& table, const std::vector<std::int64_t>& columns);
/// [rows, D] f64 of the rows listed.
Array take_rows(const NumericTable& table, const RowNumbers& numbers);
/// Brings every column of every split to mean 0 and population standard deviation 1 over the finite
/// values of train; both go to info. @param cols the size of the last dimension
/// @throws DataError naming a column that is constant
void standardize(RawData& data, std::int64_t cols, const std::string& path);

}  // namespace elbow::data
