#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "inflate_stream.h"
#include "malformed.h"

namespace elbow::data {
namespace {

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

/// Inflates exactly what the header declares.
void read_declared(InflateStream& stream,
                   std::uint64_t declared,
                   const std::string& source,
                   std::string& out) {
  const std::size_t start = out.size();
  if (declared > start) {
    out.resize(declared);
    const std::size_t got = stream.read(out.data() + start, declared - start);
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
  if (out.size() > declared || stream.read(&extra, 1) > 0) {
    throw_malformed(source,
                    declared,
                    "the end of the data after " + std::to_string(declared) +
                        " bytes when inflated, as the header inside declares",
                    "trailing bytes",
                    "remove what follows the array");
  }
}

/// Content of unknown length, e.g. a text table.
void read_growing(InflateStream& stream,
                  std::size_t compressed,
                  const std::string& source,
                  std::string& out) {
  while (!stream.ended()) {
    const std::size_t start = out.size();
    check_limits(start, compressed, source);
    out.resize(start + std::max(start / 2, kPeek));
    out.resize(start + stream.read(out.data() + start, out.size() - start));
  }
}

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

std::string inflate_gzip(std::string_view bytes, const std::string& source) {
  MemoryStream compressed(bytes);
  InflateStream stream(compressed, source);
  std::string out(kPeek, '\0');
  out.resize(stream.read(out.data(), out.size()));
  const std::uint64_t declared =
      is_npy(out) ? npy_declared_size(out, source) : idx_declared_size(out);
  if (declared > 0) {
    check_limits(declared, bytes.size(), source);
    read_declared(stream, declared, source, out);
  } else {
    read_growing(stream, bytes.size(), source, out);
  }
  stream.require_end();
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
