#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace elbow::data {

/// Bytes that are appended to a file without a name under $TMPDIR (else /tmp) and then mapped to be
/// read: they take room on the disk instead of memory, and go when this goes. What fits in 1 MiB
/// stays in memory.
class SpillFile {
 public:
  SpillFile() = default;
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// @throws IoError naming the folder, the bytes needed and the bytes free
  void append(const void* data, std::size_t size);
  /// Ends the writing; `data` is there from now on. @throws IoError
  void map();
  /// The content, aligned for any number.
  const void* data() const { return mapped_ != nullptr ? mapped_ : pending_.data(); }

 private:
  void create();
  void flush();

  std::string path_;
  std::vector<char> pending_;
  std::size_t size_ = 0;
  int fd_ = -1;
  void* mapped_ = nullptr;
};

}  // namespace elbow::data
