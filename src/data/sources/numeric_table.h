#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "division.h"
#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/named_set.h"

namespace elbow::data {

/// A table as doubles, with the names of its columns when the file has them.
struct NumericTable {
  std::int64_t rows = 0, cols = 0;
  std::vector<double> values;  ///< row-major
  std::vector<std::string> names;
  std::vector<std::int64_t> numbers = {};  ///< of the columns, in the file
  std::int64_t file_columns = 0;           ///< of the file
  std::int64_t first_line = 0;             ///< the line of row 0; 0 where rows are not lines
  std::string note = {};                   ///< a guess that the user should hear of
  std::vector<double> labels = {};  ///< a column that was taken out: of each row; NaN for none

  double at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row * cols + column)];
  }
  /// Of a message: "t.csv:7" or "t.npy: row 6".
  std::string place_of(std::int64_t row, const std::string& path) const;
  /// "column 2 (height)", counted from 1 as in the file.
  std::string column_name(std::int64_t column) const;
};

/// A text table, or an array of one or two dimensions.
/// @throws DataError for another shape, and for markers where there is no text
NumericTable read_numeric_table(const std::string& bytes,
                                const std::string& path,
                                const TextOptions& options);
/// What a data section says of its text: nan_markers and header, where it has them.
TextOptions text_options(const ConfigNode& config);
/// @throws DataError naming the first value that is NaN or infinite, and how many there are
void refuse_non_finite(const NumericTable& table, const std::string& path, const std::string& help);
/// The number of the column that a key names, by number from 0 or by name.
/// @throws DataError listing the columns
std::int64_t find_column(const NumericTable& table,
                         const std::string& text,
                         const std::string& key,
                         const std::string& path);
/// The numbers that `data.columns` lists, or all.
/// @throws DataError for one that is not there, and where all would take in one without a name
std::vector<std::int64_t> chosen_columns(const ConfigNode& config,
                                         const NumericTable& table,
                                         const std::string& path);
void keep_columns(NumericTable& table, const std::vector<std::int64_t>& columns);
/// The covariates among the columns of a table, in this order.
/// @throws DataError for one that is not known in each row, with this help
NumericTable covariate_columns(const NumericTable& table,
                               const std::vector<std::int64_t>& columns,
                               const std::string& path,
                               const std::string& help);
/// One column, of each row.
std::vector<double> column_of(const NumericTable& table, std::int64_t column);
/// [rows, D] f64 of the rows listed.
Array take_rows(const NumericTable& table, const RowNumbers& numbers);
/// Names and numbers of the columns as facts of the set, and the table's note as a warning.
void describe_columns(const NumericTable& table, RawData& data);
struct Moments {
  std::vector<double> mean, deviation;
};
/// Population moments of each column of rows of f64 over its finite values.
/// @param refuse_constant throws for a column that does not vary
Moments moments_of(const Array& train,
                   std::int64_t cols,
                   const std::function<void(std::int64_t column)>& refuse_constant);
/// Brings every column of every split to mean 0 and population standard deviation 1 over the finite
/// values of train; both go to info. @param cols the size of the last dimension
/// @throws DataError naming a column that is constant up to rounding
/// @param kept every so many-th column, the response, stays as it is; 0: none
void standardize(RawData& data, std::int64_t cols, const std::string& path, std::int64_t kept = 0);

}  // namespace elbow::data
