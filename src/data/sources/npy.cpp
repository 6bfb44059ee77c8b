#include <cmath>
#include <cstring>
#include <stdexcept>

#include "byte_order.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "malformed.h"
#include "npy_header.h"

namespace elbow::data {
namespace {

Element element_of(const NpyHeader& header) {
  switch (header.kind) {
    case 'b':
      return Element::boolean;
    case 'u':
      return header.item_size == 1   ? Element::u8
             : header.item_size == 2 ? Element::u16
             : header.item_size == 4 ? Element::u32
                                     : Element::u64;
    case 'i':
      return header.item_size == 1   ? Element::i8
             : header.item_size == 2 ? Element::i16
             : header.item_size == 4 ? Element::i32
                                     : Element::i64;
    default:
      return header.item_size == 8 ? Element::f64 : Element::f32;
  }
}

/// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits.
float half_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  if (exponent == 31) return fraction ? std::nanf("") : sign * HUGE_VALF;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

std::vector<unsigned char> halves_to_floats(const std::vector<unsigned char>& halves) {
  std::vector<unsigned char> out(halves.size() * 2);
  for (std::size_t i = 0; i < halves.size() / 2; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, halves.data() + 2 * i, 2);
    const float value = half_to_float(bits);
    std::memcpy(out.data() + 4 * i, &value, 4);
  }
  return out;
}

/// First index fastest to last index fastest.
std::vector<unsigned char> fortran_to_c(const std::vector<unsigned char>& in,
                                        const std::vector<std::int64_t>& shape,
                                        std::size_t item) {
  const std::size_t rank = shape.size();
  std::vector<std::size_t> index(rank, 0), stride(rank, item);
  for (std::size_t d = 1; d < rank; ++d)
    stride[d] = stride[d - 1] * static_cast<std::size_t>(shape[d - 1]);
  std::vector<unsigned char> out(in.size());
  std::size_t from = 0;
  for (std::size_t to = 0; to < out.size(); to += item) {
    std::memcpy(out.data() + to, in.data() + from, item);
    for (std::size_t d = rank; d-- > 0;) {
      from += stride[d];
      if (++index[d] < static_cast<std::size_t>(shape[d])) break;
      from -= stride[d] * static_cast<std::size_t>(shape[d]);
      index[d] = 0;
    }
  }
  return out;
}

void check_size(std::string_view bytes, const NpyHeader& header, const std::string& source) {
  const std::uint64_t expected = saturating_sum(header.data_offset, header.data_size());
  if (bytes.size() == expected) return;
  const bool is_short = bytes.size() < expected;
  throw_malformed(
      source,
      header.data_offset,
      (expected == UINT64_MAX ? "a size below 2^64 bytes" : std::to_string(expected) + " bytes") +
          " for " + shape_text(header.shape) + " values of " + std::to_string(header.item_size) +
          " bytes",
      std::to_string(bytes.size()) + (is_short ? "" : " (trailing bytes)"),
      is_short ? "the file is damaged or cut short: get it again"
               : "remove what follows the array");
}

}  // namespace

Array decode_npy(std::string_view bytes, const std::string& source) {
  const NpyHeader header = parse_npy_header(bytes, source);
  check_size(bytes, header, source);
  Array array;
  array.shape.assign(header.shape.begin(), header.shape.end());
  bytes.remove_prefix(header.data_offset);
  array.bytes.assign(bytes.begin(), bytes.end());
  const bool is_big_endian = header.byte_order == '>';
  if (header.item_size > 1 && header.byte_order != '=' && is_big_endian == kHostIsLittleEndian) {
    reverse_elements(array.bytes, header.item_size);
  }
  array.element = element_of(header);
  if (header.kind == 'f' && header.item_size == 2) array.bytes = halves_to_floats(array.bytes);
  if (header.is_fortran_order && array.shape.size() > 1) {
    array.bytes = fortran_to_c(array.bytes, array.shape, element_size(array.element));
  }
  return array;
}

Array read_npy(const std::string& path) { return decode_npy(read_maybe_gzip(path), path); }

std::string encode_npy(const Array& array) {
  static_assert(kHostIsLittleEndian,
                "encode_npy writes the host's order and declares it as little-endian");
  std::string type = element_name(array.element);
  type = array.element == Element::boolean
             ? "|b1"
             : (element_size(array.element) == 1 ? "|" : "<") + type.substr(0, 1) +
                   std::to_string(element_size(array.element));
  std::string shape;
  for (const std::int64_t size : array.shape) shape += std::to_string(size) + ", ";
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);
  if (array.shape.size() == 1) shape.resize(shape.size() - 1);
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // NumPy aligns the data to 64 bytes: magic, version and length take 10.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  if (header.size() > 65535) throw std::length_error("encode_npy: too many dimensions");
  std::string out = "\x93NUMPY";
  out += '\x01';
  out += '\0';
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  return out.append(array.bytes.begin(), array.bytes.end());
}

}  // namespace elbow::data
