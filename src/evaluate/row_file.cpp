#include "elbow/evaluate/row_file.h"

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
  writer_->append(values.const_data_ptr(), values.size(0));
}

void RowFile::commit() { writer_->commit(); }

}  // namespace elbow
