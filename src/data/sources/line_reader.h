#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "byte_stream.h"
#include "elbow/foundations/io/hash.h"

namespace elbow::data {

/// Lines of a text of any length: memory is bounded by the longest line that is accepted
/// (kMaxTextLine).
class LineReader {
 public:
  /// @param input must outlive this  @param source name of the file for messages
  LineReader(ByteStream& input, std::string source);

  /// The next line without its LF or CR LF, valid until the next call; false at the end.
  /// @throws DataError for a line that is too long
  bool next(std::string_view& line);
  /// Number of the line given last, from 1; 0 before the first.
  std::size_t number() const { return number_; }
  /// Of all bytes; to be called once, after the last line.
  std::string sha256() { return hash_.hex(); }
  /// Throws "source:line: expected E, found F" for the line given last.
  [[noreturn]] void fail(const std::string& expected,
                         const std::string& found,
                         const std::string& help) const;

 private:
  void fill();

  ByteStream& input_;
  std::string source_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0, number_ = 0;
  bool has_ended_ = false;
  io::Sha256 hash_;
};

/// A word of a file for a message: in quotes, cut to 32 characters, nothing unprintable.
std::string quoted_for_message(std::string_view text);

}  // namespace elbow::data
