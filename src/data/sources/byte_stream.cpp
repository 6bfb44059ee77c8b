#include "byte_stream.h"

#include <algorithm>
#include <cstring>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/file_reader.h"
#include "inflate_stream.h"

namespace elbow::data {
namespace {

class FileStream final : public ByteStream {
 public:
  explicit FileStream(const std::string& path) : file_(path) {}
  std::size_t read(char* out, std::size_t size) override { return file_.read(out, size); }

 private:
  io::FileReader file_;
};

/// A gzip file as what it holds.
class InflatedFile final : public ByteStream {
 public:
  explicit InflatedFile(const std::string& path) : file_(path), content_(file_, path) {}

  std::size_t read(char* out, std::size_t size) override {
    const std::size_t got = content_.read(out, size);
    if (got < size) content_.require_end();
    return got;
  }

 private:
  FileStream file_;
  InflateStream content_;
};

}  // namespace

std::size_t MemoryStream::read(char* out, std::size_t size) {
  const std::size_t got = std::min(size, rest_.size());
  if (got > 0) std::memcpy(out, rest_.data(), got);
  rest_.remove_prefix(got);
  return got;
}

std::unique_ptr<ByteStream> open_stream(const std::string& path) {
  char magic[2];
  const std::size_t got = io::FileReader(path).read(magic, sizeof(magic));
  if (is_gzip({magic, got})) return std::make_unique<InflatedFile>(path);
  return std::make_unique<FileStream>(path);
}

}  // namespace elbow::data
