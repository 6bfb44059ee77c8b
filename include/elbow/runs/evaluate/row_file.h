#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "elbow/data/sources/table_writer.h"

namespace elbow {

/// A .npy or .csv file of tensors' rows, written part by part. A number that is not defined is NaN
/// in it, `nan` in CSV, and is spoken of.
class RowFile {
 public:
  /// @param rows    of all parts together
  /// @param columns names of the numbers of a row, for CSV; empty: no header
  /// @throws UsageError for another ending
  RowFile(std::string path, std::int64_t rows, std::vector<std::string> columns = {});

  /// The first part tells the shape of a row. float64 stays so, all else is float32.
  /// @param part [B, ...] @throws UsageError when the disk has no room for all rows, IoError
  void append(const at::Tensor& part);
  /// Warns of rows with NaN. @param why they are there, for the warning
  void commit(const std::string& why = "they are beyond the range of the dtype");
  /// Rows with NaN so far.
  std::int64_t num_undefined() const { return num_undefined_; }

 private:
  void count_undefined(const at::Tensor& values);

  std::string path_;
  std::int64_t rows_;
  std::vector<std::string> columns_;
  std::unique_ptr<data::TableWriter> writer_;
  std::int64_t num_written_ = 0, num_undefined_ = 0, first_undefined_ = -1;
};

}  // namespace elbow
