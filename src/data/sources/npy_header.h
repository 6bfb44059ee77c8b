#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace elbow::data {

/// What the front of an NPY file says.
struct NpyHeader {
  char byte_order = '<';  ///< '<', '>' or '|'
  char kind = 'f';        ///< u, i, f or b
  std::size_t item_size = 4;
  bool is_fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::size_t data_offset = 0;

  std::uint64_t data_size() const;  ///< bytes; saturates
};

/// Reads the header of versions 1 to 3 without allocating more than the header itself.
/// Format: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
/// @throws DataError: byte offset, expected, found, remedy
NpyHeader parse_npy_header(std::string_view bytes, const std::string& source);

}  // namespace elbow::data
