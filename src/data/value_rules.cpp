#include "elbow/data/value_rules.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "elbow/core/error.h"

namespace elbow::data {
namespace {

/// The columns that a message counts: those of a row of the file, or the values of an image.
std::int64_t columns_of(const Array& images) {
  const bool is_image = images.shape.size() > 3;
  return is_image ? images.count() / images.shape[0] : images.shape.back();
}

std::string place_of(const RawSplit& split, const std::string& name, std::int64_t row) {
  const std::string file = split.file.empty() ? "the " + name + " split" : split.file;
  const std::int64_t number = split.rows.empty() ? row : split.rows[static_cast<std::size_t>(row)];
  return split.first_line > 0 ? file + ":" + std::to_string(split.first_line + number)
                              : file + ": row " + std::to_string(number) + " (from 0)";
}

std::string column_text(const RawData& data, std::int64_t column) {
  const auto i = static_cast<std::size_t>(column);
  const Json numbers = data.info.value("column_numbers", Json::array()),
             names = data.info.value("columns", Json::array());
  const std::int64_t number = i < numbers.size() ? numbers[i].get<std::int64_t>() : column;
  const std::string name = i < names.size() ? names[i].get<std::string>() : "";
  return "column " + std::to_string(number + 1) + (name.empty() ? "" : " (" + name + ")");
}

template <class T>
void check_split(const RawData& data,
                 const std::string& name,
                 const RawSplit& split,
                 const ValueRule& rule,
                 const std::string& help) {
  const std::int64_t columns = columns_of(split.images), count = split.images.count();
  const T* values = split.images.as<T>();
  // A column that is none of the inputs is a mistake of the configuration, which the model names.
  if (rule.column >= columns - data.num_responses) return;
  const std::int64_t step = rule.column < 0 ? 1 : columns;
  for (std::int64_t i = std::max<std::int64_t>(rule.column, 0); i < count; i += step) {
    const auto value = static_cast<double>(values[i]);
    if (std::isnan(value) || rule.fits(value)) continue;
    throw DataError(place_of(split, name, i / columns) + ": expected " + rule.expected + " in " +
                        column_text(data, i % columns) + ", found " + text_of_number(value),
                    help);
  }
}

}  // namespace

void check_values(const RawData& data,
                  const std::vector<ValueRule>& rules,
                  const std::string& help) {
  for (const auto& [name, split] : data.splits)
    for (const ValueRule& rule : rules) {
      if (split.corpus != nullptr) continue;
      if (split.images.element == Element::f64)
        check_split<double>(data, name, split, rule, help);
      else if (split.images.element == Element::f32)
        check_split<float>(data, name, split, rule, help);
    }
}

std::string text_of_number(double value) {
  char text[40];
  for (const int digits : {6, 9, 17}) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

}  // namespace elbow::data
