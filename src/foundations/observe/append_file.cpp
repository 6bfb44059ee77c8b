#include "append_file.h"

#include <unistd.h>

#include <cerrno>

#include "elbow/foundations/io/sys.h"

namespace elbow {

int append_record(int fd, const std::string& bytes, std::int64_t length) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = io::sys().write(fd, bytes.data() + done, bytes.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    const int error = n < 0 ? errno : ENOSPC;
    // A device cannot be cut; nothing was stored there either.
    if (done > 0 && ::ftruncate(fd, static_cast<off_t>(length)) != 0 && errno != EINVAL)
      return errno;
    return error;
  }
  return 0;
}

}  // namespace elbow
