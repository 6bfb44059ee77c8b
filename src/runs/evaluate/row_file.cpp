#include "elbow/runs/evaluate/row_file.h"

#include <ATen/TensorOperators.h>

#include "elbow/foundations/observe/log.h"

namespace elbow {

RowFile::RowFile(std::string path, std::int64_t rows, std::vector<std::string> columns)
    : path_(std::move(path)), rows_(rows), columns_(std::move(columns)) {
  data::table_format(path_);  // a wrong ending is refused before anything is computed
}

void RowFile::append(const at::Tensor& part) {
  const bool is_double = part.scalar_type() == at::kDouble;
  const at::Tensor values =
      part.detach().to(at::kCPU, is_double ? at::kDouble : at::kFloat).contiguous();
  if (!writer_) {
    data::TableLayout layout;
    layout.rows = rows_;
    layout.row_shape.assign(values.sizes().begin() + 1, values.sizes().end());
    layout.element = is_double ? data::Element::f64 : data::Element::f32;
    layout.columns = columns_;
    writer_ = std::make_unique<data::TableWriter>(path_, std::move(layout));
  }
  count_undefined(values);
  writer_->append(values.const_data_ptr(), values.size(0));
}

void RowFile::count_undefined(const at::Tensor& values) {
  const at::Tensor rows = values.isnan().reshape({values.size(0), -1}).any(1).nonzero();
  if (rows.size(0) > 0 && first_undefined_ < 0)
    first_undefined_ = num_written_ + rows[0].item<std::int64_t>();
  num_undefined_ += rows.size(0);
  num_written_ += values.size(0);
}

void RowFile::commit(const std::string& why) {
  writer_->commit();
  if (num_undefined_ == 0) return;
  log::warning(path_ + ": " + std::to_string(num_undefined_) + " of " + std::to_string(rows_) +
               " rows have numbers that are not defined, written nan (the first: row " +
               std::to_string(first_undefined_) + ", from 0): " + why);
}

}  // namespace elbow
