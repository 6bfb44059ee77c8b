#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "elbow/data/array.h"

namespace elbow::data {

/// Caps of the parsers, in one table (docs/data.md).
inline constexpr std::uint64_t kMaxDeflateRatio = 1032;  ///< the most that deflate can reach
inline constexpr std::size_t kMaxNpyHeader = std::size_t{1} << 16;  ///< bytes
inline constexpr std::size_t kMaxTextLine = std::size_t{1} << 24;   ///< bytes
inline constexpr int kMaxRank = 16;

/// Whole file, inflated when it is gzip. The inner size is checked against the compressed size (<=
/// 1,032 x) before anything is allocated. @throws DataError
std::string read_maybe_gzip(const std::string& path);
std::string gzip(const std::string& bytes);  ///< deterministic: no name, no time
bool is_gzip(std::string_view bytes);
/// Inflates a single-member gzip stream and requires its end and its CRC. IDX and NPY headers
/// inside it declare the size, which is checked and then inflated exactly; other content grows up
/// to the limit.
/// @param source name of the file for messages  @throws DataError
std::string inflate_gzip(std::string_view bytes, const std::string& source);

/// IDX, .gz too (RELIABILITY.md section 5). @throws DataError: file, byte offset, expected, found,
/// remedy
Array read_idx(const std::string& path);
Array decode_idx(std::string_view bytes, const std::string& source);
std::string encode_idx(const Array& array);

/// NPY versions 1-3; float16 becomes float32, Fortran order becomes C order. @throws DataError
Array read_npy(const std::string& path);
Array decode_npy(std::string_view bytes, const std::string& source);
std::string encode_npy(const Array& array);

/// A numeric table: every cell a number; delimiter one of , ; tab blank; optional header.
struct Table {
  std::vector<std::string> columns;  ///< empty when there is no header
  std::int64_t rows = 0, cols = 0;
  std::vector<double> values;  ///< row-major
};
/// CSV, .gz too. RFC 4180 quotes, which must close on their line; CRLF; blank lines only at the
/// end.
/// @param nan_markers texts of cells that read as NaN, as "nan" always does
/// @throws DataError: file, line, expected, found, remedy
Table read_csv(const std::string& path);
Table decode_csv(std::string_view bytes,
                 const std::string& source,
                 const std::vector<std::string>& nan_markers = {});

/// IDX, NPY or CSV by content and ending; a corpus (.ldac) is no array. @throws DataError naming
/// what is accepted
Array read_any(const std::string& path);
Array decode_any(std::string_view bytes, const std::string& source);
/// "idx", "npy", "csv" or "ldac". @throws DataError naming what is accepted
std::string detect_format(std::string_view bytes, const std::string& source);

}  // namespace elbow::data
