#include "elbow/data/sources/table_writer.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/growing_file.h"
#include "elbow/foundations/io/room.h"

namespace elbow::data {
namespace {

void append_number(std::string& out, double value, Element element) {
  char text[40];
  // printf tells the sign of a NaN, which nobody set.
  if (std::isnan(value)) {
    out += "nan";
  } else if (element == Element::f32) {
    out.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.9g", value)));
  } else {
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  }
}

std::string rows_of_numbers(const TableLayout& layout, std::int64_t width) {
  return std::to_string(layout.rows) + " rows of " + std::to_string(width) + " numbers";
}

}  // namespace

std::string table_format(const std::string& path) {
  for (const char* format : {"csv", "npy"})
    if (std::filesystem::path(path).extension() == std::string(".") + format) return format;
  throw UsageError("--output: expected a name that ends in .npy or .csv, got '" + path + "'");
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",;\t \"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

TableWriter::TableWriter(const std::string& path, TableLayout layout)
    : path_(path), layout_(std::move(layout)), is_csv_(table_format(path) == "csv") {
  for (const std::int64_t size : layout_.row_shape) width_ *= size;
  Array whole;
  whole.element = layout_.element;
  whole.shape = layout_.row_shape;
  whole.shape.insert(whole.shape.begin(), layout_.rows);
  const double numbers = static_cast<double>(layout_.rows) * static_cast<double>(width_);
  // The shortest cell of a CSV file is a digit and a separator.
  const double least = is_csv_ ? 2.0 : static_cast<double>(element_size(layout_.element));
  io::check_disk(path, numbers * least, rows_of_numbers(layout_, width_));
  file_ = std::make_unique<io::GrowingFile>(path);
  if (!is_csv_) file_->append(encode_npy(whole));  // no bytes yet: the header alone
  std::string header;
  for (const auto& column : layout_.columns)
    header += (header.empty() ? "" : ",") + csv_cell(column);
  if (is_csv_ && !header.empty()) file_->append(header + "\n");
}

TableWriter::~TableWriter() = default;

std::string TableWriter::csv_rows(const void* values, std::int64_t rows) const {
  const auto* f32 = static_cast<const float*>(values);
  const auto* f64 = static_cast<const double*>(values);
  std::string out;
  std::int64_t at = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < width_; ++column, ++at) {
      if (column > 0) out += ',';
      const double value = layout_.element == Element::f32 ? static_cast<double>(f32[at]) : f64[at];
      append_number(out, value, layout_.element);
    }
    out += '\n';
  }
  return out;
}

void TableWriter::check_room(std::size_t bytes, std::int64_t rows) const {
  const double each = static_cast<double>(bytes) / static_cast<double>(rows);
  io::check_disk(path_, each * static_cast<double>(layout_.rows), rows_of_numbers(layout_, width_));
}

void TableWriter::append(const void* values, std::int64_t rows) {
  if (rows == 0) return;
  if (is_csv_) {
    const std::string text = csv_rows(values, rows);
    if (written_ == 0) check_room(text.size(), rows);
    file_->append(text);
  } else {
    const auto size = static_cast<std::size_t>(rows * width_) * element_size(layout_.element);
    file_->append({static_cast<const char*>(values), size});
  }
  written_ += rows;
}

void TableWriter::commit() {
  if (written_ != layout_.rows)
    throw std::logic_error("a table of " + std::to_string(layout_.rows) + " rows got " +
                           std::to_string(written_));
  file_->commit();
}

}  // namespace elbow::data
