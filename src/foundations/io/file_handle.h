#pragma once

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/io/sys.h"

namespace elbow::io {

/// Owns a descriptor. The destructor closes without a check: what must be known to be stored is
/// closed by `close()`.
class FileHandle {
 public:
  explicit FileHandle(int fd) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&&) = delete;
  ~FileHandle() {
    const int error = errno;
    if (fd_ >= 0) sys().close(fd_);
    errno = error;
  }
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  int close() { return sys().close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

/// Opens a regular file for reading; never a FIFO, device or directory.
/// @param size receives its length in bytes
/// @throws DataError when missing or unreadable, IoError when the device fails
FileHandle open_regular(const std::string& path, std::size_t* size);

/// Reads up to `size` bytes, fewer only at the end of the file. @throws IoError
std::size_t read_fully(const FileHandle& file,
                       char* data,
                       std::size_t size,
                       const std::string& path);

/// Writes all of `bytes`. @param shown the name for messages @throws IoError
void write_all(int fd, const std::string& bytes, const std::string& shown);

/// A name in the same directory that no other thread or process uses. The process id may come again
/// in another container, so an old file of that name is removed.
std::string fresh_temporary(const std::string& path);

/// A file is written only in the place of a regular one, or of nothing. @throws IoError
void refuse_irregular_target(const std::string& path);

/// The folder that holds `path` ("." for a bare name).
std::string parent_directory(const std::string& path);

/// Names in a directory, unsorted, without "." and "..". A missing directory has none.
/// @throws DataError when unreadable, IoError when the device fails
std::vector<std::string> directory_entries(const std::string& path);

}  // namespace elbow::io
