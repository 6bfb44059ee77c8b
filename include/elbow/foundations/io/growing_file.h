#pragma once

#include <string>

namespace elbow::io {

/// A file that is written piece by piece and appears under its name only when it is whole: what is
/// appended goes to a hidden file beside it, which commit() renames. Memory does not grow with the
/// file.
class GrowingFile {
 public:
  /// @throws IoError when the folder takes no file, or the name belongs to a link, FIFO, device or
  /// directory
  explicit GrowingFile(const std::string& path);
  /// Removes what was not committed.
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  /// @throws IoError naming path, error text, bytes needed and bytes free
  void append(const std::string& bytes);
  /// Fsyncs, renames and fsyncs the folder. Nothing may follow. @throws IoError
  void commit();

 private:
  std::string path_, temporary_;
  int fd_ = -1;
  bool has_name_ = true;
};

}  // namespace elbow::io
