#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "byte_order.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "malformed.h"

namespace elbow::data {
namespace {

constexpr int kMaxIdxRank = 4;

struct ElementCode {
  unsigned char code;
  Element element;
};
// LeCun, Cortes, Burges, "The MNIST database", file formats: the third byte of the magic number.
constexpr ElementCode kCodes[] = {{0x08, Element::u8},
                                  {0x09, Element::i8},
                                  {0x0B, Element::i16},
                                  {0x0C, Element::i32},
                                  {0x0D, Element::f32},
                                  {0x0E, Element::f64}};

const ElementCode* find_code(unsigned char code) {
  for (const auto& entry : kCodes)
    if (entry.code == code) return &entry;
  return nullptr;
}

std::uint32_t big_endian_u32(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
  return value;
}

/// Type and number of dimensions, from the first four bytes.
Element check_magic(std::string_view bytes, const std::string& source) {
  if (bytes.size() < 4) {
    throw_malformed(source,
                    bytes.size(),
                    "an IDX header of at least 4 bytes",
                    "the end of the file",
                    bytes.empty() ? "the file is empty" : "the file is cut short: get it again");
  }
  if (bytes[0] != 0 || bytes[1] != 0) {
    throw_malformed(
        source,
        0,
        "an IDX magic number, 0x0000 followed by type and rank",
        hex_of(bytes, 4),
        is_gzip(bytes) ? "gzipped twice? unpack it once with gunzip" : "is this an IDX file?");
  }
  const auto* code = find_code(static_cast<unsigned char>(bytes[2]));
  if (!code) {
    throw_malformed(
        source,
        2,
        "an IDX element type 08 (u8), 09 (i8), 0b (i16), 0c (i32), 0d (f32) or 0e (f64)",
        hex_of(bytes.substr(2), 1),
        "is this an IDX file?");
  }
  const int rank = static_cast<unsigned char>(bytes[3]);
  if (rank < 1 || rank > kMaxIdxRank) {
    throw_malformed(source, 3, "1 to 4 dimensions", std::to_string(rank), "is this an IDX file?");
  }
  return code->element;
}

std::vector<std::int64_t> read_shape(std::string_view bytes, const std::string& source) {
  const auto rank = static_cast<std::size_t>(bytes[3]);
  if (bytes.size() < 4 + 4 * rank) {
    throw_malformed(source,
                    bytes.size(),
                    std::to_string(rank) + " dimensions, an IDX header of " +
                        std::to_string(4 + 4 * rank) + " bytes",
                    "the end of the file",
                    "the file is cut short: get it again");
  }
  std::vector<std::int64_t> shape;
  for (std::size_t i = 0; i < rank; ++i) {
    shape.push_back(big_endian_u32(bytes, 4 + 4 * i));
    if (shape.back() == 0) {
      throw_malformed(
          source, 4 + 4 * i, "a dimension of at least 1", "0", "an empty array cannot be used");
    }
  }
  return shape;
}

void check_size(std::string_view bytes,
                std::uint64_t expected,
                const std::vector<std::int64_t>& shape,
                Element element,
                const std::string& source) {
  if (bytes.size() == expected) return;
  const std::string what = shape_text(shape) + " values of type " + element_name(element);
  if (expected == UINT64_MAX) {
    throw_malformed(
        source, 4, "a size below 2^64 bytes", what, "the header is damaged: get the file again");
  }
  const bool is_short = bytes.size() < expected;
  throw_malformed(
      source,
      std::min<std::uint64_t>(bytes.size(), expected),
      std::to_string(expected) + " bytes for " + what,
      std::to_string(bytes.size()) + (is_short ? "" : " (trailing bytes)"),
      is_short ? "the file is cut short: get it again" : "remove what follows the array");
}

}  // namespace

std::uint64_t idx_declared_size(std::string_view prefix) {
  if (prefix.size() < 4 || prefix[0] != 0 || prefix[1] != 0) return 0;
  const auto* code = find_code(static_cast<unsigned char>(prefix[2]));
  const auto rank = static_cast<unsigned char>(prefix[3]);
  if (!code || rank < 1 || rank > kMaxIdxRank || prefix.size() < 4u + 4u * rank) return 0;
  std::uint64_t size = element_size(code->element);
  for (std::size_t i = 0; i < rank; ++i)
    size = saturating_product(size, big_endian_u32(prefix, 4 + 4 * i));
  return saturating_sum(size, 4u + 4u * rank);
}

Array decode_idx(std::string_view bytes, const std::string& source) {
  Array array;
  array.element = check_magic(bytes, source);
  array.shape = read_shape(bytes, source);
  check_size(bytes, idx_declared_size(bytes), array.shape, array.element, source);
  bytes.remove_prefix(4 + 4 * array.shape.size());
  array.bytes.assign(bytes.begin(), bytes.end());
  if (kHostIsLittleEndian) reverse_elements(array.bytes, element_size(array.element));
  return array;
}

Array read_idx(const std::string& path) { return decode_idx(read_maybe_gzip(path), path); }

std::string encode_idx(const Array& array) {
  const auto code =
      std::find_if(std::begin(kCodes), std::end(kCodes), [&](const ElementCode& entry) {
        return entry.element == array.element;
      });
  if (code == std::end(kCodes) || array.shape.empty() || array.shape.size() > kMaxIdxRank) {
    throw std::invalid_argument(std::string("encode_idx: IDX holds no ") +
                                element_name(array.element) + " array of shape " +
                                shape_text(array.shape));
  }
  std::string out = {0, 0, static_cast<char>(code->code), static_cast<char>(array.shape.size())};
  for (const std::int64_t size : array.shape) {
    if (size < 1 || size > UINT32_MAX)
      throw std::invalid_argument("encode_idx: a dimension is not in [1, 2^32)");
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 255);
  }
  std::vector<unsigned char> values = array.bytes;
  if (kHostIsLittleEndian) reverse_elements(values, element_size(array.element));
  return out.append(values.begin(), values.end());
}

}  // namespace elbow::data
