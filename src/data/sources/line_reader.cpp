#include "line_reader.h"

#include <algorithm>
#include <cstring>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"

namespace elbow::data {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 16;

}  // namespace

LineReader::LineReader(ByteStream& input, std::string source)
    : input_(input), source_(std::move(source)), buffer_(kPiece, '\0') {}

bool LineReader::next(std::string_view& line) {
  std::size_t scanned = begin_;
  while (true) {
    const void* found = std::memchr(buffer_.data() + scanned, '\n', end_ - scanned);
    const bool is_last = found == nullptr && has_ended_;
    if (is_last && begin_ == end_) return false;
    if (found != nullptr || is_last) {
      const std::size_t stop =
          is_last ? end_
                  : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      line = std::string_view(buffer_).substr(begin_, stop - begin_);
      begin_ = std::min(stop + 1, end_);
      ++number_;
      break;
    }
    const std::size_t before = end_ - begin_;
    fill();
    scanned = begin_ + before;
  }
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() > kMaxTextLine)
    fail("a line of at most 16 MiB", std::to_string(line.size()) + " bytes", "is this a text?");
  return true;
}

void LineReader::fill() {
  const std::size_t kept = end_ - begin_;
  if (kept > kMaxTextLine + 1) {
    ++number_;
    fail("a line of at most 16 MiB", "more", "is this a text?");
  }
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
  begin_ = 0;
  if (buffer_.size() - kept < kPiece) buffer_.resize(std::max(2 * buffer_.size(), kept + kPiece));
  const std::size_t room = buffer_.size() - kept;
  const std::size_t got = input_.read(buffer_.data() + kept, room);
  hash_.update(buffer_.data() + kept, got);
  end_ = kept + got;
  has_ended_ = got < room;
}

void LineReader::fail(const std::string& expected,
                      const std::string& found,
                      const std::string& help) const {
  throw DataError(source_ + ":" + std::to_string(std::max<std::size_t>(number_, 1)) +
                      ": expected " + expected + ", found " + found,
                  help);
}

std::string quoted_for_message(std::string_view text) {
  constexpr std::size_t kMaxShown = 32;
  std::string out = "'";
  for (const char c : text.substr(0, kMaxShown)) out += c >= ' ' && c != '\x7f' ? c : '?';
  return out + (text.size() > kMaxShown ? "...'" : "'");
}

}  // namespace elbow::data
