#include "inflate_stream.h"

#include <algorithm>
#include <stdexcept>

#include "malformed.h"

namespace elbow::data {
namespace {

constexpr std::size_t kInputSize = std::size_t{1} << 16;
constexpr std::size_t kMaxOutput = std::size_t{1} << 30;  // zlib counts in 32 bits

}  // namespace

InflateStream::InflateStream(ByteStream& input, std::string source)
    : input_(input), source_(std::move(source)), buffer_(kInputSize) {
  if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::runtime_error("zlib: out of memory");
}

InflateStream::~InflateStream() { inflateEnd(&stream_); }

std::size_t InflateStream::read(char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size && !ended_) {
    feed();
    const auto room = static_cast<uInt>(std::min(size - done, kMaxOutput));
    stream_.next_out = reinterpret_cast<Bytef*>(out + done);
    stream_.avail_out = room;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    done += room - stream_.avail_out;
    check(status);
  }
  return done;
}

void InflateStream::feed() {
  if (stream_.avail_in > 0 || input_ended_) return;
  const std::size_t got = input_.read(buffer_.data(), buffer_.size());
  input_ended_ = got < buffer_.size();
  stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
  stream_.avail_in = static_cast<uInt>(got);
  fed_ += got;
}

void InflateStream::check(int status) {
  const bool is_exhausted = stream_.avail_in == 0 && input_ended_;
  if (status == Z_STREAM_END) {
    ended_ = true;
  } else if (status == Z_BUF_ERROR || (status == Z_OK && stream_.avail_out > 0 && is_exhausted)) {
    throw_malformed(
        source_, position(), "more of the gzip stream", "the end of the file", kDamaged);
  } else if (status != Z_OK) {
    throw_malformed(source_,
                    position(),
                    "a whole gzip stream",
                    stream_.msg ? std::string(stream_.msg) : std::string("damaged data"),
                    kDamaged);
  }
}

void InflateStream::require_end() {
  const std::size_t end = position();
  std::size_t extra = stream_.avail_in;
  while (!input_ended_) {
    const std::size_t got = input_.read(buffer_.data(), buffer_.size());
    input_ended_ = got < buffer_.size();
    extra += got;
  }
  if (extra == 0) return;
  throw_malformed(source_,
                  end,
                  "the end of the file after the gzip stream",
                  std::to_string(extra) + " more bytes",
                  "only files with one gzip member are accepted: unpack and pack it again");
}

}  // namespace elbow::data
