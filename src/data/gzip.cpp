#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "elbow/core/error.h"
#include "elbow/data/formats.h"
#include "elbow/io/sys.h"
#include "malformed.h"

namespace elbow::data {
namespace {

constexpr char kDamaged[] = "the file is damaged or cut short: get it again";
// Larger than any IDX or NPY header, so that one read shows what the file declares.
constexpr std::size_t kPeek = kMaxNpyHeader + 1024;

/// Half of the memory that is free now: what one compressed file may grow to.
std::uint64_t max_inflated_bytes() {
  std::ifstream meminfo("/proc/meminfo");
  std::string key, unit;
  std::uint64_t kibibytes = 0;
  while (meminfo >> key >> kibibytes) {
    if (key == "MemAvailable:") return kibibytes * 512;
    std::getline(meminfo, unit);
  }
  return std::uint64_t{1} << 30;
}

/// A gzip stream that is inflated piece by piece.
class GzipReader {
 public:
  GzipReader(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::runtime_error("zlib: out of memory");
  }
  ~GzipReader() { inflateEnd(&stream_); }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  bool ended() const { return ended_; }
  std::size_t position() const { return bytes_.size() - remaining() - stream_.avail_in; }

  /// Fills `out` as far as the stream goes. @return bytes written; less than asked for only at the
  /// end
  std::size_t read(char* out, std::size_t size) {
    std::size_t done = 0;
    while (done < size && !ended_) {
      feed();
      const auto room = static_cast<uInt>(std::min<std::size_t>(size - done, kPiece));
      stream_.next_out = reinterpret_cast<Bytef*>(out + done);
      stream_.avail_out = room;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += room - stream_.avail_out;
      check(status);
    }
    return done;
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 30;

  std::size_t remaining() const { return bytes_.size() - fed_; }

  void feed() {
    if (stream_.avail_in > 0 || remaining() == 0) return;
    const std::size_t piece = std::min(remaining(), kPiece);
    // zlib takes a pointer to non-const but does not write through it.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data() + fed_));
    stream_.avail_in = static_cast<uInt>(piece);
    fed_ += piece;
  }

  void check(int status) {
    if (status == Z_STREAM_END) {
      ended_ = true;
    } else if (status == Z_BUF_ERROR || (status == Z_OK && stream_.avail_out > 0 && exhausted())) {
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

  bool exhausted() const { return stream_.avail_in == 0 && remaining() == 0; }

  std::string_view bytes_;
  const std::string& source_;
  z_stream stream_ = {};
  std::size_t fed_ = 0;
  bool ended_ = false;
};

void check_limits(std::uint64_t inflated, std::size_t compressed, const std::string& source) {
  if (inflated > saturating_product(kMaxDeflateRatio, compressed)) {
    throw_malformed(
        source,
        0,
        "at most " + std::to_string(kMaxDeflateRatio) + " x " + std::to_string(compressed) +
            " bytes, the most that gzip can hold in this file",
        "a header that declares " +
            (inflated == UINT64_MAX ? "2^64 or more" : std::to_string(inflated)) + " bytes",
        kDamaged);
  }
  const std::uint64_t limit = max_inflated_bytes();
  if (inflated > limit) {
    throw_malformed(
        source,
        0,
        "at most " + std::to_string(limit) + " bytes when inflated (half of the free memory)",
        std::to_string(inflated) + " bytes",
        "free some memory or use a smaller file");
  }
}

void require_end(const GzipReader& reader, std::size_t size, const std::string& source) {
  if (reader.position() == size) return;
  throw_malformed(source,
                  reader.position(),
                  "the end of the file after the gzip stream",
                  std::to_string(size - reader.position()) + " more bytes",
                  "only files with one gzip member are accepted: unpack and pack it again");
}

/// Inflates exactly what the header declares.
void read_declared(GzipReader& reader,
                   std::uint64_t declared,
                   const std::string& source,
                   std::string& out) {
  const std::size_t start = out.size();
  if (declared > start) {
    out.resize(declared);
    const std::size_t got = reader.read(out.data() + start, declared - start);
    out.resize(start + got);
  }
  char extra = 0;
  if (out.size() < declared) {
    throw_malformed(
        source,
        out.size(),
        std::to_string(declared) + " bytes when inflated, as the header inside declares",
        std::to_string(out.size()) + " bytes",
        kDamaged);
  }
  if (out.size() > declared || reader.read(&extra, 1) > 0) {
    throw_malformed(source,
                    declared,
                    "the end of the data after " + std::to_string(declared) +
                        " bytes when inflated, as the header inside declares",
                    "trailing bytes",
                    "remove what follows the array");
  }
}

/// Content of unknown length, e.g. a text table.
void read_growing(GzipReader& reader,
                  std::size_t compressed,
                  const std::string& source,
                  std::string& out) {
  while (!reader.ended()) {
    const std::size_t start = out.size();
    check_limits(start, compressed, source);
    out.resize(start + std::max(start / 2, kPeek));
    out.resize(start + reader.read(out.data() + start, out.size() - start));
  }
}

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

std::string inflate_gzip(std::string_view bytes, const std::string& source) {
  GzipReader reader(bytes, source);
  std::string out(kPeek, '\0');
  out.resize(reader.read(out.data(), out.size()));
  const std::uint64_t declared =
      is_npy(out) ? npy_declared_size(out, source) : idx_declared_size(out);
  if (declared > 0) {
    check_limits(declared, bytes.size(), source);
    read_declared(reader, declared, source, out);
  } else {
    read_growing(reader, bytes.size(), source, out);
  }
  require_end(reader, bytes.size(), source);
  return out;
}

std::string read_maybe_gzip(const std::string& path) {
  std::string bytes = io::read_file(path);
  return is_gzip(bytes) ? inflate_gzip(bytes, path) : bytes;
}

std::string gzip(const std::string& bytes) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("zlib: out of memory");
  }
  if (bytes.size() > std::numeric_limits<uInt>::max()) {
    deflateEnd(&stream);
    throw std::length_error("gzip: more than 4 GiB");
  }
  // A header of our own fixes the operating-system byte as well as name and time.
  gz_header header = {};
  header.os = 255;
  deflateSetHeader(&stream, &header);
  std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("zlib: deflate did not finish");
  return out;
}

}  // namespace elbow::data
