#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace elbow::io {

/// A regular file read piece by piece, for content that need not fit in memory.
class FileReader {
 public:
  /// @throws DataError when the file is missing, unreadable or not a regular one
  explicit FileReader(const std::string& path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  /// Length in bytes when it was opened.
  std::size_t size() const;
  /// Reads up to `size` bytes, fewer only at the end. @throws IoError when the device fails
  std::size_t read(char* out, std::size_t size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace elbow::io
