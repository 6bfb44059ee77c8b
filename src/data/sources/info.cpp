#include "elbow/data/sources/info.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>

#include "corpus_info.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/sys.h"
#include "malformed.h"

namespace elbow::data {
namespace {

constexpr std::int64_t kPreviewWidth = 64;
constexpr std::size_t kMaxClasses = 256;

/// A file decoded, with what the parsers know of it.
struct Content {
  std::string format, file_sha256, decoded_sha256;
  std::size_t file_size = 0;
  bool is_compressed = false;
  Array array;
  std::vector<std::string> columns;
  std::string note;  ///< how a header was guessed
};

Content read_content(const std::string& path) {
  Content out;
  std::string bytes = io::read_file(path);
  out.file_size = bytes.size();
  out.file_sha256 = io::sha256_hex(bytes);
  out.is_compressed = is_gzip(bytes);
  if (out.is_compressed) bytes = inflate_gzip(bytes, path);
  out.decoded_sha256 = io::sha256_hex(bytes);
  out.format = detect_format(bytes, path);
  if (out.format == "csv") {
    Table table = decode_csv(bytes, path);
    out.array = array_of(table);
    out.columns = std::move(table.columns);
    out.note = std::move(table.note);
  } else {
    out.array = decode_any(bytes, path);
  }
  return out;
}

/// Running facts over all values.
struct Summary {
  double minimum = std::numeric_limits<double>::infinity(), maximum = -minimum, sum = 0;
  std::int64_t finite = 0, nan = 0, infinite = 0;

  void add(double value) {
    if (std::isnan(value)) {
      ++nan;
    } else if (std::isinf(value)) {
      ++infinite;
    } else {
      minimum = std::min(minimum, value);
      maximum = std::max(maximum, value);
      sum += value;
      ++finite;
    }
  }
};

template <class T>
Summary summarise_as(const Array& array) {
  Summary out;
  for (std::int64_t i = 0; i < array.count(); ++i) out.add(static_cast<double>(array.as<T>()[i]));
  return out;
}

Summary summarise(const Array& array) {
  switch (array.element) {
    case Element::u8:
    case Element::boolean:
      return summarise_as<std::uint8_t>(array);
    case Element::i8:
      return summarise_as<std::int8_t>(array);
    case Element::u16:
      return summarise_as<std::uint16_t>(array);
    case Element::i16:
      return summarise_as<std::int16_t>(array);
    case Element::u32:
      return summarise_as<std::uint32_t>(array);
    case Element::i32:
      return summarise_as<std::int32_t>(array);
    case Element::u64:
      return summarise_as<std::uint64_t>(array);
    case Element::i64:
      return summarise_as<std::int64_t>(array);
    case Element::f32:
      return summarise_as<float>(array);
    case Element::f64:
      return summarise_as<double>(array);
  }
  return {};
}

/// What the reader guessed of the first line, or that a name is missing there.
std::string header_note(const std::string& path, const Content& content) {
  const auto unnamed = std::find(content.columns.begin(), content.columns.end(), "");
  if (unnamed == content.columns.end()) return content.note;
  return path + ":1: the name of column " + std::to_string(unnamed - content.columns.begin() + 1) +
         " is empty, as pandas writes for its index; data.columns chooses the others";
}

/// Labels: one dimension of small whole numbers.
Json classes_of(const Array& array) {
  if (array.shape.size() != 1 || array.element != Element::u8) return nullptr;
  std::map<int, std::int64_t> counts;
  for (const unsigned char value : array.bytes) ++counts[value];
  if (counts.size() > kMaxClasses) return nullptr;
  Json out = Json::object();
  for (const auto& [label, count] : counts) out[std::to_string(label)] = count;
  return out;
}

Json info_of(const std::string& path, const Content& content) {
  const Summary summary = summarise(content.array);
  const auto or_null = [&](double value) {
    return summary.finite > 0 ? Json(value) : Json(nullptr);
  };
  Json out = {
      {"file", path},
      {"format", content.format},
      {"compressed", content.is_compressed},
      {"bytes", content.file_size},
      {"shape", content.array.shape},
      {"dtype", element_name(content.array.element)},
      {"min", or_null(summary.minimum)},
      {"max", or_null(summary.maximum)},
      {"mean",
       or_null(summary.sum / static_cast<double>(std::max<std::int64_t>(summary.finite, 1)))},
      {"nan_count", summary.nan},
      {"infinite_count", summary.infinite}};
  const Json classes = classes_of(content.array);
  if (!classes.is_null()) out["classes"] = classes;
  if (!content.columns.empty()) out["columns"] = content.columns;
  const std::string note = header_note(path, content);
  if (!note.empty()) out["header_note"] = note;
  out["sha256"] = content.file_sha256;
  out["decoded_sha256"] = content.decoded_sha256;
  return out;
}

/// The first image in characters, two rows of pixels to a line since characters are twice as high
/// as wide.
std::string preview(const Array& array) {
  const std::size_t rank = array.shape.size();
  if (rank < 3 || array.element != Element::u8) return "";
  const std::int64_t height = array.shape[rank - 2], width = array.shape[rank - 1];
  const std::int64_t step = std::max<std::int64_t>(1, (width + kPreviewWidth - 1) / kPreviewWidth);
  static const char ramp[] = " .:-=+*#%@";
  const std::int64_t pixels = height * width;
  const int top =
      std::max<int>(1, *std::max_element(array.bytes.begin(), array.bytes.begin() + pixels));
  std::string out;
  for (std::int64_t row = 0; row < height; row += 2 * step) {
    std::string line;
    for (std::int64_t column = 0; column < width; column += step) {
      const std::int64_t below = std::min(row + step, height - 1);
      const int ink = array.bytes[static_cast<std::size_t>(row * width + column)] +
                      array.bytes[static_cast<std::size_t>(below * width + column)];
      line += ramp[ink * 9 / (2 * top)];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += "  " + line + "\n";
  }
  return out;
}

std::string number_text(const Json& value) {
  if (value.is_null()) return "none";
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value.get<double>());
  return text;
}

}  // namespace

Json data_info(const std::string& path) {
  return is_corpus_name(path) ? corpus_info(path) : info_of(path, read_content(path));
}

std::string describe_data_file(const std::string& path) {
  if (is_corpus_name(path)) return describe_corpus(path);
  const Content content = read_content(path);
  const Json info = info_of(path, content);
  std::string out;
  const auto line = [&](const char* name, const std::string& value) {
    std::string label = name;
    label.resize(12, ' ');
    out += label + value + "\n";
  };
  line("file", path);
  line("format",
       content.format + (content.is_compressed ? ", gzip" : "") + ", " +
           std::to_string(content.file_size) + " bytes");
  line("shape", shape_text(content.array.shape));
  line("dtype", element_name(content.array.element));
  line("min", number_text(info.at("min")));
  line("max", number_text(info.at("max")));
  line("mean", number_text(info.at("mean")));
  line("NaN", std::to_string(info.at("nan_count").get<std::int64_t>()));
  if (info.at("infinite_count") != 0)
    line("infinite", std::to_string(info.at("infinite_count").get<std::int64_t>()));
  if (info.contains("classes")) {
    std::string classes;
    for (const auto& [label, count] : info.at("classes").items())
      classes += label + ": " + count.dump() + "  ";
    line("classes", classes.substr(0, classes.size() - 2));
  }
  if (info.contains("columns")) {
    std::string names;
    for (const std::string& name : content.columns)
      names += (names.empty() ? "" : ", ") + (name.empty() ? "(empty)" : name);
    line("columns", names);
  }
  const std::string note = header_note(path, content);
  if (!note.empty()) line("note", note);
  line("SHA-256", content.file_sha256);
  if (content.is_compressed) line("  decoded", content.decoded_sha256);
  return out + preview(content.array);
}

}  // namespace elbow::data
