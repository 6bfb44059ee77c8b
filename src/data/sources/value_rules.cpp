#include "elbow/data/sources/value_rules.h"

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "elbow/foundations/core/error.h"

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

/// A number of a split, by its position, that is not what was expected.
[[noreturn]] void throw_value(const RawData& data,
                              const std::string& name,
                              std::int64_t position,
                              const std::string& expected,
                              const std::string& found,
                              const std::string& help) {
  const RawSplit& split = data.splits.at(name);
  const std::int64_t columns = columns_of(split.images);
  throw DataError(place_of(split, name, position / columns) + ": expected " + expected + " in " +
                      column_text(data, position % columns) + ", found " + found,
                  help);
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
  if (rule.column >= columns - (rule.is_of_response ? 0 : data.num_responses)) return;
  const std::int64_t step = rule.column < 0 ? 1 : columns;
  for (std::int64_t i = std::max<std::int64_t>(rule.column, 0); i < count; i += step) {
    const auto value = static_cast<double>(values[i]);
    if (std::isnan(value) || rule.fits(value)) continue;
    throw_value(data, name, i, rule.expected, text_of_number(value), help);
  }
}

std::string range_text(const std::string& dtype, double largest) {
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", largest);
  return "a number within the range of " + dtype + " (-" + text + " to " + text + ")";
}

/// "1e+45", and what standardising made of it where it did.
std::string found_text(const RawData& data, std::int64_t position, double value) {
  if (!data.info.contains("standard_deviation")) return text_of_number(value);
  const auto mean = data.info.at("mean").get<std::vector<double>>(),
             deviation = data.info.at("standard_deviation").get<std::vector<double>>();
  const std::size_t column = static_cast<std::size_t>(position) % mean.size();
  char text[80];
  std::snprintf(text,
                sizeof text,
                "%.6g, which standardising makes %.6g",
                value * deviation[column] + mean[column],
                value);
  return text;
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

void check_range(const RawData& data, const std::string& dtype) {
  if (dtype == "float64") return;  // everything finite fits
  constexpr double kLargest = FLT_MAX;
  for (const auto& [name, split] : data.splits) {
    if (split.corpus != nullptr || split.images.element != Element::f64) continue;
    const double* values = split.images.as<double>();
    for (std::int64_t i = 0; i < split.images.count(); ++i) {
      if (!std::isfinite(values[i]) || std::abs(values[i]) <= kLargest) continue;
      throw_value(data,
                  name,
                  i,
                  range_text(dtype, kLargest),
                  found_text(data, i, values[i]),
                  "correct the value, rescale the column, or train with dtype: float64");
    }
  }
}

void standardize_by(RawData& data,
                    const std::vector<double>& mean,
                    const std::vector<double>& deviation) {
  for (auto& [name, split] : data.splits) {
    auto* values = split.images.as<double>();
    for (std::int64_t i = 0; i < split.images.count(); ++i) {
      const std::size_t column = static_cast<std::size_t>(i) % mean.size();
      const double value = values[i];
      values[i] = (value - mean[column]) / deviation[column];
      if (std::isfinite(value) && !std::isfinite(values[i]))
        throw_value(data,
                    name,
                    i,
                    "a number that is within the range of float64 when it is standardised (mean " +
                        text_of_number(mean[column]) + ", standard deviation " +
                        text_of_number(deviation[column]) + ")",
                    text_of_number(value),
                    "correct the value, or rescale the column");
    }
  }
  data.info["mean"] = mean;
  data.info["standard_deviation"] = deviation;
}

std::string place_of_example(const RawData& data, const std::string& split, std::int64_t example) {
  const RawSplit& raw = data.splits.at(split);
  if (raw.corpus != nullptr || raw.images.shape.empty()) return place_of(raw, split, example);
  const std::int64_t lines = raw.images.count() / columns_of(raw.images) / raw.images.shape[0];
  return place_of(raw, split, example * lines);
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
