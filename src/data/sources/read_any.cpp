#include <algorithm>
#include <cctype>
#include <cstring>

#include "corpus_info.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "malformed.h"

namespace elbow::data {
namespace {

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

/// The name in lower case without a final .gz.
std::string plain_name(std::string name) {
  std::transform(
      name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ends_with(name, ".gz")) name.resize(name.size() - 3);
  return name;
}

/// Names IDX files carry by convention: train-images-idx3-ubyte, labels.idx1, x.idx.
bool is_idx_name(const std::string& name) {
  return name.find("idx") != std::string::npos || ends_with(name, "-ubyte");
}

}  // namespace

bool is_corpus_name(const std::string& name) { return ends_with(plain_name(name), ".ldac"); }

std::string detect_format(std::string_view bytes, const std::string& source) {
  const std::string name = plain_name(source);
  if (is_npy(bytes) || ends_with(name, ".npy")) return "npy";
  const bool has_idx_magic =
      bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 8 && bytes[2] <= 14;
  if (has_idx_magic) return "idx";
  for (const char* ending : {".csv", ".tsv", ".txt", ".data"})
    if (ends_with(name, ending)) return "csv";
  if (is_corpus_name(source)) return "ldac";
  if (is_idx_name(name)) return "idx";
  throw DataError(source +
                      ": byte 0: expected IDX, NPY or a text table (.csv, .tsv, .txt, .data), each "
                      "also as .gz, found " +
                      (bytes.empty() ? std::string("an empty file") : hex_of(bytes, 6)),
                  "convert the file to one of these, or give it the ending of what it holds");
}

Array decode_any(std::string_view bytes, const std::string& source) {
  const std::string format = detect_format(bytes, source);
  if (format == "npy") return decode_npy(bytes, source);
  if (format == "idx") return decode_idx(bytes, source);
  if (format == "ldac")
    throw DataError(
        source + ": expected an array of numbers, found a corpus of documents by its name",
        "use type bag_of_words");
  return array_of(decode_csv(bytes, source));
}

Array array_of(const Table& table) {
  Array array;
  array.element = Element::f64;
  array.shape = {table.rows, table.cols};
  array.bytes.resize(table.values.size() * sizeof(double));
  std::memcpy(array.bytes.data(), table.values.data(), array.bytes.size());
  return array;
}

Array read_any(const std::string& path) { return decode_any(read_maybe_gzip(path), path); }

}  // namespace elbow::data
