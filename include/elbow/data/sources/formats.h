#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "elbow/data/sources/array.h"

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

/// Whether the first line of a text table names the columns.
enum class HeaderLine { guess, first_line, none };
/// `guess`, `first_line` or `none`, as data.header has it.
HeaderLine header_line(const std::string& word);

/// How a text table is read.
struct TextOptions {
  std::vector<std::string> nan_markers = {};  ///< cells that read as NaN, as "nan" always does
  HeaderLine header = HeaderLine::guess;
  /// Names that a header must have: a first line with all of them is one, even if they are numbers.
  std::vector<std::string> known_names = {};
};

/// A numeric table: every cell a number; delimiter one of , ; tab blank; optional header.
struct Table {
  /// Empty when there is no header; a name may be empty, as that of an index that pandas writes.
  std::vector<std::string> columns;
  std::int64_t rows = 0, cols = 0;
  std::vector<double> values;   ///< row-major
  std::int64_t first_line = 1;  ///< the line of row 0; the others follow line by line
  std::string note;             ///< how the first line was read, where that was a guess; else empty
};
/// CSV, .gz too. RFC 4180 quotes, which must close on their line; CRLF; blank lines only at the
/// end. The first line is a header when it has names and no number, or when it alone has only whole
/// numbers and these are 0, 1, 2, ...; see TextOptions to say otherwise.
/// @throws DataError: file, line, expected, found, remedy
Table read_csv(const std::string& path);
Table decode_csv(std::string_view bytes,
                 const std::string& source,
                 const TextOptions& options = {});

/// [rows, cols] f64.
Array array_of(const Table& table);

/// IDX, NPY or CSV by content and ending; a corpus (.ldac) is no array. @throws DataError naming
/// what is accepted
Array read_any(const std::string& path);
Array decode_any(std::string_view bytes, const std::string& source);
/// "idx", "npy", "csv" or "ldac". @throws DataError naming what is accepted
std::string detect_format(std::string_view bytes, const std::string& source);

}  // namespace elbow::data
