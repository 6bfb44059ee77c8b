// Pictures of a user's file. What a number means there follows from the training alone: on grey
// levels 7 in a file of bytes is 7/255, even where all bytes are 0 and 1.
#include <cmath>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/labels.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/shape.h"
#include "gaps.h"
#include "input_parts.h"
#include "loaders.h"

namespace elbow::data {
namespace {

bool is_floating(Element element) { return element == Element::f32 || element == Element::f64; }

/// "[1, 28, 28]".
std::string axes(const std::vector<std::int64_t>& shape) {
  std::string out;
  for (const std::int64_t size : shape) out += (out.empty() ? "" : ", ") + std::to_string(size);
  return "[" + out + "]";
}

/// A file of pictures with the axes of the event, less a single channel, or all in one row.
void check_shape(const Array& array, const Reading& reading, const std::string& file) {
  const auto& event = reading.event_shape;
  const std::vector<std::int64_t> found(array.shape.begin() + (array.shape.empty() ? 0 : 1),
                                        array.shape.end());
  const bool has_one_channel = event.size() == 3 && event[0] == 1;
  const bool fits = found == event || found == std::vector<std::int64_t>{num_elements(event)} ||
                    (has_one_channel && found == std::vector<std::int64_t>{event[1], event[2]});
  if (fits) return;
  throw DataError(
      file + ": examples of shape " + axes(found) + ", expected " + axes(event) + " as in training",
      "elbow data info " + file);
}

/// Where and what: of the first value that does not fit.
void need(const Array& array,
          const std::vector<double>& values,
          const std::string& file,
          std::int64_t first_line,
          const ValueRule& rule) {
  RawData data;
  RawSplit& split = data.splits["input"];
  split.file = file;
  split.first_line = first_line;
  split.images.element = Element::f64;
  split.images.shape = {array.shape[0], array.count() / array.shape[0]};
  split.images.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                            reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  check_values(
      data, {rule}, "give the values that the run was trained on: elbow data info " + file);
}

void become_bytes(Array& array, const std::vector<double>& values, double scale) {
  array.element = Element::u8;
  array.bytes.clear();
  for (const double value : values)
    array.bytes.push_back(static_cast<unsigned char>(std::lround(value * scale)));
}

template <class T>
void become(Array& array, Element element, const std::vector<T>& values) {
  array.element = element;
  array.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                     reinterpret_cast<const unsigned char*>(values.data() + values.size()));
}

const ValueRule& unit_interval() {
  static const ValueRule rule{
      "a grey level from 0 to 1 (floating-point numbers are fractions, whole ones bytes)",
      [](double value) { return value >= 0 && value <= 1; }};
  return rule;
}

const ValueRule& byte() {
  static const ValueRule rule{"a grey level from 0 to 255",
                              [](double value) { return value >= 0 && value <= 255; }};
  return rule;
}

const ValueRule& bit() {
  static const ValueRule rule{"0 or 1 as in training",
                              [](double value) { return value == 0 || value == 1; }};
  return rule;
}

/// Bytes, or fractions where nothing is drawn from them.
void become_grey(Array& array, bool is_drawn, const std::string& file, std::int64_t first_line) {
  if (array.element == Element::u8) return;
  const std::vector<double> values = to_double(array);
  const bool are_fractions = is_floating(array.element) || array.element == Element::boolean;
  need(array, values, file, first_line, are_fractions ? unit_interval() : byte());
  if (!are_fractions || is_drawn || array.element == Element::boolean)
    become_bytes(array, values, are_fractions ? 255.0 : 1.0);
}

/// As the training file's values became what the model sees.
void become_as_in_training(
    Array& array, Bytes bytes, bool is_drawn, const std::string& file, std::int64_t first_line) {
  if (bytes == Bytes::grey) return become_grey(array, is_drawn, file, first_line);
  if (bytes == Bytes::numbers) {
    if (!is_floating(array.element)) become(array, Element::f32, to_float(array));
    return;
  }
  const std::vector<double> values = to_double(array);
  need(array, values, file, first_line, bit());
  become_bytes(array, values, 1.0);
}

}  // namespace

RawData image_input(const ConfigNode& config, const Reading& reading, const std::string& file) {
  const std::string bytes = read_maybe_gzip(file);
  RawSplit split;
  if (detect_format(bytes, file) == "csv") {
    const NumericTable table = read_numeric_table(bytes, file, {});
    split.images = take_rows(table, first_numbers(table.rows));
    split.first_line = table.first_line;
  } else {
    split.images = decode_any(bytes, file);
  }
  check_shape(split.images, reading, file);
  if (reading.has_gaps)
    refuse_infinite(split.images, file);
  else
    refuse_non_finite(split.images, file, kNoGapsInTraining);
  const std::string binarize = config.has("binarize") ? config.text("binarize") : "none";
  become_as_in_training(split.images, reading.bytes, binarize != "none", file, split.first_line);
  split.file = file;
  split.images.shape.resize(1);
  split.images.shape.insert(
      split.images.shape.end(), reading.event_shape.begin(), reading.event_shape.end());
  if (!reading.classes.empty()) {
    const std::vector<double> values = labels_beside(file, split.images.shape[0]);
    if (!values.empty())
      split.labels = labels_of(values, reading.classes, [&file](std::int64_t row) {
        return "the label of image " + std::to_string(row) + " (from 0) of " + file;
      });
  }
  RawData out = as_input(std::move(split), reading, bytes);
  out.is_binary = reading.bytes == Bytes::bits;
  return out;
}

}  // namespace elbow::data
