#include "elbow/foundations/io/growing_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "elbow/foundations/io/sys.h"
#include "file_handle.h"

namespace elbow::io {

GrowingFile::GrowingFile(const std::string& path) : path_(path) {
  refuse_irregular_target(path);
  temporary_ = fresh_temporary(path);
  // A file without a name goes with the process, whatever ends it: large ones must not stay behind.
  if (::access("/proc/self/fd", X_OK) == 0)
    fd_ = sys().open(parent_directory(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  has_name_ = fd_ < 0;  // not every file system has such files
  if (has_name_)
    fd_ = sys().open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd_ < 0) throw_io_error("cannot create", path, errno);
}

GrowingFile::~GrowingFile() {
  if (fd_ < 0) return;
  sys().close(fd_);
  if (has_name_) sys().unlink(temporary_.c_str());
}

void GrowingFile::append(const std::string& bytes) { write_all(fd_, bytes, path_); }

void GrowingFile::commit() {
  if (sys().fsync(fd_) != 0) throw_io_error("cannot write", path_, errno);
  const std::string open_file = "/proc/self/fd/" + std::to_string(fd_);
  if (!has_name_ &&
      ::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0)
    throw_io_error("cannot write", path_, errno);
  has_name_ = true;
  // Closed by hand once: the destructor removes what a failure leaves.
  const int error = sys().close(fd_) != 0 ? errno : 0;
  if (error == 0 && sys().rename(temporary_.c_str(), path_.c_str()) == 0) {
    fd_ = -1;
    sync_directory(parent_directory(path_));
    return;
  }
  const int failure = error != 0 ? error : errno;
  fd_ = -1;
  sys().unlink(temporary_.c_str());  // best effort: the first error is the one to report
  throw_io_error("cannot write", path_, failure);
}

}  // namespace elbow::io
