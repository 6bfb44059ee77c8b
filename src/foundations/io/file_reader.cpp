#include "elbow/foundations/io/file_reader.h"

#include "file_handle.h"

namespace elbow::io {

struct FileReader::Impl {
  explicit Impl(const std::string& name) : path(name), file(open_regular(name, &size)) {}

  std::string path;
  std::size_t size = 0;
  FileHandle file;
};

FileReader::FileReader(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
FileReader::~FileReader() = default;

std::size_t FileReader::size() const { return impl_->size; }

std::size_t FileReader::read(char* out, std::size_t size) {
  return read_fully(impl_->file, out, size, impl_->path);
}

}  // namespace elbow::io
