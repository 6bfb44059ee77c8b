#include "elbow/foundations/io/sys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <system_error>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/room.h"
#include "file_handle.h"

namespace elbow::io {
namespace {

std::atomic<Sys*> table{nullptr};

std::string remedy(int error) {
  switch (error) {
    case ENOSPC:
      return "free some space, or write to another disk";
    case EDQUOT:
      return "your quota on this disk is used up: remove files, or write elsewhere";
    case EFBIG:
      return "a limit on file sizes is in force (ulimit -f)";
    case EROFS:
      return "the file system is mounted read-only: write elsewhere";
    case EACCES:
    case EPERM:
      return "check who may write there (ls -ld)";
    case EIO:
      return "the device reports a failure: look at dmesg and check the disk";
    default:
      return "";
  }
}

}  // namespace

int Sys::open(const char* path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path, flags, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

ssize_t Sys::read(int fd, void* data, std::size_t size) { return ::read(fd, data, size); }
ssize_t Sys::write(int fd, const void* data, std::size_t size) { return ::write(fd, data, size); }
int Sys::allocate(int fd, off_t size) { return ::posix_fallocate(fd, 0, size); }

int Sys::fsync(int fd) {
  int result = 0;
  do {
    result = ::fsync(fd);
  } while (result < 0 && errno == EINTR);
  return result;
}

int Sys::close(int fd) {
  // On Linux the descriptor is gone even when close is interrupted: a second try could close
  // somebody else's.
  const int result = ::close(fd);
  return result < 0 && errno == EINTR ? 0 : result;
}

int Sys::rename(const char* from, const char* to) { return ::rename(from, to); }
int Sys::unlink(const char* path) { return ::unlink(path); }
int Sys::rmdir(const char* path) { return ::rmdir(path); }
int Sys::mkdir(const char* path, mode_t mode) { return ::mkdir(path, mode); }

Sys& sys() {
  static Sys production;
  Sys* replacement = table.load();
  return replacement != nullptr ? *replacement : production;
}

ScopedSys::ScopedSys(Sys& replacement) : previous_(table.exchange(&replacement)) {}
ScopedSys::~ScopedSys() { table.store(previous_); }

void throw_io_error(const std::string& what,
                    const std::string& path,
                    int error,
                    std::size_t needed) {
  std::string message = what + " " + path + ": " + std::generic_category().message(error);
  // Room matters for what is written, and for a directory entry that found none.
  if (needed > 0 || error == ENOSPC || error == EDQUOT) {
    const auto free = free_disk(path);
    message += " (needs " +
               (needed > 0 ? std::to_string(needed) + " bytes" : std::string("a directory entry"));
    message += (free ? ", " + std::to_string(*free) + " free)" : ")");
  }
  throw IoError(message, remedy(error));
}

void require_space(const std::string& path, std::size_t needed, const std::string& shown) {
  const auto free = free_disk(path);
  if (free && *free < needed) throw_io_error("cannot write", shown, ENOSPC, needed);
}

}  // namespace elbow::io
