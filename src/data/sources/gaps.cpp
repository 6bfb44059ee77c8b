#include "gaps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/io/hash.h"
#include "keyed_draws.h"
#include "malformed.h"

namespace elbow::data {
namespace {

using Sizes = std::vector<std::int64_t>;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr char kNoInfinity[] = "correct the value; only NaN is a missing number";

/// Whether a number of an f32 or f64 array is of a kind; bytes always have their value.
template <class Is>
bool has_number(const Array& array, const Is& is) {
  const auto any_of = [&](const auto* values) {
    return std::any_of(values, values + array.count(), is);
  };
  if (array.element == Element::f64) return any_of(array.as<double>());
  return array.element == Element::f32 && any_of(array.as<float>());
}

std::uint32_t stream_of(const std::string& split) {
  return split == "train" ? 20 : split == "valid" ? 22 : 24;
}

/// Bytes as fractions of 255, or as 0 and 1, in all splits: float32.
void become_numbers(RawData& data) {
  for (auto& [name, split] : data.splits) {
    if (split.images.element != Element::u8) continue;
    std::vector<float> values = to_float(split.images);
    for (float& value : values) value *= static_cast<float>(data.scale);
    split.images.element = Element::f32;
    split.images.bytes.assign(
        reinterpret_cast<const unsigned char*>(values.data()),
        reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  }
  data.scale = 1;
  data.is_binary = false;
}

template <class T>
void hide_where_nought(Array& images, const std::vector<double>& mask, const std::string& file) {
  T* pixel = images.as<T>();
  for (const double seen : mask) {
    if (seen != 0 && seen != 1)
      throw DataError(
          file + ": expected 0 (missing) or 1 (observed), found " + text_of_number(seen),
          "is this the mask?");
    if (seen == 0) *pixel = std::numeric_limits<T>::quiet_NaN();
    ++pixel;
  }
}

void hide_pixels_of(RawSplit& split, const std::string& file) {
  const std::string bytes = read_maybe_gzip(file);
  const Array mask = decode_any(bytes, file);
  Sizes shape = mask.shape;
  if (shape.size() == 3) shape.insert(shape.begin() + 1, 1);
  if (shape != split.images.shape)
    throw DataError(file + ": expected a mask of the shape of " + split.file + ", " +
                        shape_text(split.images.shape) + ", found " + shape_text(mask.shape),
                    "give each pixel of the file one of the mask, 0 where it is missing");
  if (split.images.element == Element::f64)
    hide_where_nought<double>(split.images, to_double(mask), file);
  else
    hide_where_nought<float>(split.images, to_double(mask), file);
  split.mask_sha256 = io::sha256_hex(bytes);
}

}  // namespace

std::string hide_by_mask(const ConfigNode& config, NumericTable& table, const std::string& path) {
  const std::string file = find_file(config.text("mask"));
  const std::string bytes = read_maybe_gzip(file);
  const NumericTable mask = read_numeric_table(bytes, file, {});
  if (mask.rows != table.rows || mask.cols != table.cols)
    throw DataError(file + ": expected a mask of the shape of " + path + ", " +
                        shape_text(Sizes{table.rows, table.cols}) + ", found " +
                        shape_text(Sizes{mask.rows, mask.cols}),
                    "give each number of the file one of the mask, 0 where it is missing");
  if (!mask.names.empty() && !table.names.empty() && mask.names != table.names)
    throw DataError(file + ": expected the columns of " + path + " in the same order, found others",
                    "put them into that order, or leave the header out");
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    const double value = mask.values[i];
    const auto at = static_cast<std::int64_t>(i);
    if (value != 0 && value != 1)
      throw DataError(mask.place_of(at / mask.cols, file) +
                          ": expected 0 (missing) or 1 (observed) in " +
                          mask.column_name(at % mask.cols) + ", found " + text_of_number(value),
                      "is this the mask?");
    if (value == 0) table.values[i] = kMissing;
  }
  return io::sha256_hex(bytes);
}

void hide_pixels(const ConfigNode& config, RawData& data) {
  for (const char* name : {"train", "valid", "test"}) {
    const std::string key = std::string(name) + "_mask";
    if (!config.has(key)) continue;
    const auto split = data.splits.find(name);
    if (split == data.splits.end())
      throw DataError("data." + key + ": there is no split '" + name + "'", "remove the key");
    become_numbers(data);
    hide_pixels_of(split->second, find_file(config.text(key)));
  }
}

void hide_at_random(RawData& data, double share, std::uint64_t seed) {
  const KeyedDraws draws(derive_key(seed, Purpose::synthetic));
  for (auto& [name, split] : data.splits) {
    const std::int64_t width = split.images.count() / split.images.shape[0];
    auto* values = split.images.as<double>();
    for (std::int64_t i = 0; i < split.images.count(); ++i)
      if (draws.uniform(stream_of(name), i / width, i % width) < share) values[i] = kMissing;
    split.mask_sha256 += "missing " + text_of_number(share) + " by " + std::to_string(seed);
  }
}

void note_gaps(RawData& data) {
  data.has_gaps = std::any_of(data.splits.begin(), data.splits.end(), [](const auto& entry) {
    return has_number(entry.second.images, [](auto value) { return std::isnan(value); });
  });
}

void refuse_infinite(const NumericTable& table, const std::string& path) {
  const auto first = std::find_if(
      table.values.begin(), table.values.end(), [](double value) { return std::isinf(value); });
  if (first == table.values.end()) return;
  const std::int64_t at = first - table.values.begin();
  throw DataError(table.place_of(at / table.cols, path) + ": expected a finite value in " +
                      table.column_name(at % table.cols) + ", or NaN where it is missing, found " +
                      text_of_number(*first),
                  kNoInfinity);
}

void refuse_infinite(const Array& array, const std::string& file) {
  if (has_number(array, [](auto value) { return std::isinf(value); }))
    throw DataError(
        file + ": expected finite values, or NaN where they are missing, found infinity",
        kNoInfinity);
}

void refuse_unobserved_columns(const RawData& data,
                               const NumericTable& table,
                               const std::string& path) {
  const Array& train = data.splits.at("train").images;
  const std::int64_t rows = train.count() / table.cols;
  for (std::int64_t column = 0; column < table.cols; ++column) {
    std::int64_t row = 0;
    while (row < rows && std::isnan(train.as<double>()[row * table.cols + column])) ++row;
    if (row == rows)
      throw DataError(path + ": " + table.column_name(column) + " has no observed value in the " +
                          std::to_string(rows) + " training rows: nothing can be learned of it",
                      "leave it out with data.columns");
  }
}

}  // namespace elbow::data
