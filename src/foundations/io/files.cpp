#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "file_handle.h"

namespace elbow::io {
namespace {

/// Deeper than anything elbow writes: a bound for the recursion of remove_tree.
constexpr int kMaxTreeDepth = 16;

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

std::string base_name(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

/// EIO is a failing device; everything else about an input is the user's to mend.
[[noreturn]] void throw_read_error(const std::string& path, int error) {
  if (error == EIO) throw_io_error("cannot read", path, error);
  throw DataError("cannot read " + path + ": " + std::generic_category().message(error),
                  error == EACCES ? "check who may read it (ls -l)" : "check the path");
}

[[noreturn]] void throw_not_regular(const std::string& path, mode_t mode) {
  throw DataError("cannot read " + path + ": it is " + kind_of(mode) + ", expected a regular file",
                  "give the path of a file on disk");
}

void remove_entry(const std::string& path, int depth) {
  struct stat info = {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return;
    throw_io_error("cannot remove", path, errno);
  }
  if (!S_ISDIR(info.st_mode)) {
    if (sys().unlink(path.c_str()) != 0 && errno != ENOENT)
      throw_io_error("cannot remove", path, errno);
    return;
  }
  if (depth == 0) throw_io_error("cannot remove", path, ELOOP);
  for (const auto& name : directory_entries(path)) remove_entry(path + "/" + name, depth - 1);
  if (sys().rmdir(path.c_str()) != 0 && errno != ENOENT)
    throw_io_error("cannot remove", path, errno);
}

}  // namespace

void write_all(int fd, const std::string& bytes, const std::string& shown) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = sys().write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    // A write of nothing would loop for ever; POSIX leaves it open why, in practice the device is
    // full.
    if (n <= 0) throw_io_error("cannot write", shown, n < 0 ? errno : ENOSPC, bytes.size());
    done += static_cast<std::size_t>(n);
  }
}

std::string fresh_temporary(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary = parent_directory(path) + "/.tmp-" + base_name(path) + "-" +
                                std::to_string(::getpid()) + "-" + std::to_string(counter++);
  remove_tree(temporary);
  return temporary;
}

void refuse_irregular_target(const std::string& path) {
  struct stat info = {};
  if (::lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return;
  throw IoError(
      "cannot write " + path + ": it is " + kind_of(info.st_mode) + ", expected a regular file",
      "give another path; a link is not followed, a device or FIFO cannot be replaced safely");
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

std::string parent_directory(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const auto slash = path.rfind('/', end);
  if (slash == std::string::npos) return ".";
  const auto last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

std::vector<std::string> directory_entries(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) {
    if (errno == ENOENT) return names;
    throw_read_error(path, errno);
  }
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno != 0) throw_read_error(path, errno);
  return names;
}

FileHandle open_regular(const std::string& path, std::size_t* size) {
  struct stat info = {};
  // Looked at before it is opened: to open a device can have effects.
  if (::stat(path.c_str(), &info) != 0) throw_read_error(path, errno);
  if (!S_ISREG(info.st_mode)) throw_not_regular(path, info.st_mode);
  FileHandle file(sys().open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0));
  if (!file.is_open() || ::fstat(file.fd(), &info) != 0) throw_read_error(path, errno);
  if (!S_ISREG(info.st_mode)) throw_not_regular(path, info.st_mode);
  *size = static_cast<std::size_t>(info.st_size);
  return file;
}

std::size_t read_fully(const FileHandle& file,
                       char* data,
                       std::size_t size,
                       const std::string& path) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = sys().read(file.fd(), data + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_io_error("cannot read", path, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void make_directories(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode)) throw_io_error("cannot create", path, ENOTDIR);
    return;
  }
  if (errno != ENOENT) throw_io_error("cannot create", path, errno);
  const std::string parent = parent_directory(path);
  if (parent != path) make_directories(parent);
  // Somebody else may have made it since: that is what we want, unless it is no directory.
  if (sys().mkdir(path.c_str(), 0777) != 0 &&
      (errno != EEXIST || ::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))) {
    throw_io_error("cannot create", path, errno);
  }
  sync_directory(parent);
}

void sync_directory(const std::string& path) {
  FileHandle directory(sys().open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  if (!directory.is_open()) throw_io_error("cannot open", path, errno);
  // File systems that cannot sync a directory say EINVAL; there is nothing more that we could do
  // there.
  if (sys().fsync(directory.fd()) != 0 && errno != EINVAL)
    throw_io_error("cannot sync", path, errno);
}

void remove_tree(const std::string& path) { remove_entry(path, kMaxTreeDepth); }

void remove_temporaries(const std::string& directory) {
  for (const auto& name : directory_entries(directory)) {
    if (name.rfind(".tmp-", 0) == 0) remove_tree(directory + "/" + name);
  }
}

void write_new_file(const std::string& path,
                    const std::string& bytes,
                    bool durable,
                    const std::string& shown) {
  FileHandle file(sys().open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.is_open()) throw_io_error("cannot create", shown, errno, bytes.size());
  if (!bytes.empty()) {
    const int error = sys().allocate(file.fd(), static_cast<off_t>(bytes.size()));
    // Not every file system can reserve; then the writes themselves find out.
    if (error != 0 && error != EOPNOTSUPP && error != EINVAL && error != ENOSYS && error != EINTR) {
      throw_io_error("cannot write", shown, error, bytes.size());
    }
  }
  write_all(file.fd(), bytes, shown);
  if (durable && sys().fsync(file.fd()) != 0)
    throw_io_error("cannot write", shown, errno, bytes.size());
  if (file.close() != 0) throw_io_error("cannot write", shown, errno, bytes.size());
}

void write_file(const std::string& path, const std::string& bytes, bool durable) {
  refuse_irregular_target(path);
  const std::string temporary = fresh_temporary(path);
  try {
    write_new_file(temporary, bytes, durable, path);
    if (sys().rename(temporary.c_str(), path.c_str()) != 0) {
      throw_io_error("cannot write", path, errno, bytes.size());
    }
  } catch (...) {
    sys().unlink(temporary.c_str());  // best effort: the first error is the one to report
    throw;
  }
  if (durable) sync_directory(parent_directory(path));
}

std::string read_file(const std::string& path, std::size_t limit) {
  std::size_t size = 0;
  const FileHandle file = open_regular(path, &size);
  if (size > limit) {
    throw DataError("cannot read " + path + ": " + std::to_string(size) +
                    " bytes, expected at most " + std::to_string(limit));
  }
  std::string bytes(size, '\0');
  const std::size_t found = read_fully(file, bytes.data(), size, path);
  if (found != size) {
    throw DataError("cannot read " + path + ": it became shorter while it was read, expected " +
                        std::to_string(size) + " bytes, found " + std::to_string(found),
                    "is another program writing it?");
  }
  return bytes;
}

}  // namespace elbow::io
