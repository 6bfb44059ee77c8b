#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace elbow::io {

/// The table of system calls through which everything durable is written: one seam for tests that
/// kill, trace or fail each call. Production uses `system_calls()`.
struct Sys {
  virtual ~Sys() = default;
  virtual int open(const char* path, int flags, mode_t mode);
  virtual ssize_t read(int fd, void* data, std::size_t size);
  virtual ssize_t write(int fd, const void* data, std::size_t size);
  virtual int allocate(int fd, off_t size);  ///< posix_fallocate: returns the error number
  virtual int fsync(int fd);
  virtual int close(int fd);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int rmdir(const char* path);
  virtual int mkdir(const char* path, mode_t mode);
};

/// The table in force. Tests replace it with `ScopedSys`.
Sys& sys();

class ScopedSys {
 public:
  explicit ScopedSys(Sys& replacement);
  ~ScopedSys();
  ScopedSys(const ScopedSys&) = delete;
  ScopedSys& operator=(const ScopedSys&) = delete;

 private:
  Sys* previous_;
};

/// Whether there is a regular file, or a link to one, that can be looked at.
bool is_file(const std::string& path);
/// Creates a directory and its missing parents, and fsyncs each parent of a new one. @throws
/// IoError
void make_directories(const std::string& path);
/// fsync of a directory. @throws IoError
void sync_directory(const std::string& path);
/// Removes a directory with its files (one level of subdirectories is enough). Missing is fine.
void remove_tree(const std::string& path);
/// Removes what killed writers left in a directory: entries `.tmp-*`. Missing is fine. @throws
/// IoError
void remove_temporaries(const std::string& directory);
/// Creates a file that must not exist yet: space reserved first, then written, fsynced and closed,
/// each call checked.
/// @param shown the name for messages, where `path` is only a temporary one
/// @throws IoError naming `shown`, error text, bytes needed and bytes free
void write_new_file(const std::string& path,
                    const std::string& bytes,
                    bool durable,
                    const std::string& shown);
/// Writes temp + fsync + rename + fsync of the directory: the final name never holds half a file.
/// A target that is there must be a regular file: a link, FIFO, device or directory is refused, not
/// replaced.
/// @throws IoError naming path, error text, bytes needed and bytes free
void write_file(const std::string& path, const std::string& bytes, bool durable = true);
/// Reads a regular file whole. @throws DataError when missing, unreadable or above `limit` bytes;
/// IoError when the device fails half way (EIO)
std::string read_file(const std::string& path, std::size_t limit = std::size_t{1} << 40);
/// Compares the free space of `path`'s file system with `needed` before anything is touched.
/// @param shown the name for the message
/// @throws IoError when it is not enough
void require_space(const std::string& path, std::size_t needed, const std::string& shown);
/// Throws the IoError of a failed system call: path, error text, bytes needed, bytes free.
[[noreturn]] void throw_io_error(const std::string& what,
                                 const std::string& path,
                                 int error,
                                 std::size_t needed = 0);

}  // namespace elbow::io
