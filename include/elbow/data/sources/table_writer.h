#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "elbow/data/sources/array.h"

namespace elbow::io {
class GrowingFile;
}

namespace elbow::data {

/// What a file of rows will hold.
struct TableLayout {
  std::int64_t rows = 0;
  std::vector<std::int64_t> row_shape;  ///< of one row in an NPY file; a CSV file has it flat
  Element element = Element::f64;       ///< f32 or f64
  std::vector<std::string> columns;     ///< the first line of a CSV file; empty: none
};

/// "csv" or "npy". @throws UsageError for another ending
std::string table_format(const std::string& path);

/// A column's name as a cell of a CSV file, RFC 4180.
std::string csv_cell(const std::string& text);

/// Writes rows as .npy or .csv by the file's ending, in as many parts as the caller likes: memory
/// does not grow with the rows. The file appears when all are there.
///
/// float32 has 9 digits in CSV, which give back its bits; float64 the fewest digits that do.
class TableWriter {
 public:
  /// @throws UsageError for another ending, or when the disk has no room for an NPY file
  TableWriter(const std::string& path, TableLayout layout);
  ~TableWriter();
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  /// @param values rows * width numbers of the layout's element, row by row
  /// @throws UsageError when the disk has no room for a CSV file with all rows as long as the first
  /// ones; IoError
  void append(const void* values, std::int64_t rows);
  /// @throws IoError; std::logic_error when rows are missing
  void commit();

 private:
  std::string csv_rows(const void* values, std::int64_t rows) const;
  void check_room(std::size_t bytes, std::int64_t rows) const;

  std::string path_;
  TableLayout layout_;
  std::int64_t width_ = 1, written_ = 0;
  bool is_csv_;
  std::unique_ptr<io::GrowingFile> file_;
};

}  // namespace elbow::data
