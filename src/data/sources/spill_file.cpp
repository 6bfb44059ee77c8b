#include "spill_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "elbow/foundations/io/sys.h"

namespace elbow::data {
namespace {

constexpr std::size_t kSpillSize = std::size_t{1} << 20;

std::string temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

}  // namespace

void SpillFile::create() {
  path_ = temporary_folder() + "/elbow-corpus-XXXXXX";
  fd_ = ::mkostemp(path_.data(), O_CLOEXEC);
  if (fd_ < 0) io::throw_io_error("cannot create", path_, errno);
  // Without a name it goes with the last user, however the program ends.
  io::sys().unlink(path_.c_str());
}

SpillFile::~SpillFile() {
  if (mapped_ != nullptr) ::munmap(mapped_, size_);
  if (fd_ >= 0) io::sys().close(fd_);
}

void SpillFile::append(const void* data, std::size_t size) {
  const char* next = static_cast<const char*>(data);
  while (size > 0) {
    const std::size_t piece = std::min(size, kSpillSize - pending_.size());
    pending_.insert(pending_.end(), next, next + piece);
    next += piece;
    size -= piece;
    if (pending_.size() == kSpillSize) flush();
  }
}

void SpillFile::flush() {
  if (fd_ < 0) create();
  for (std::size_t done = 0; done < pending_.size();) {
    const ssize_t n = io::sys().write(fd_, pending_.data() + done, pending_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) io::throw_io_error("cannot write", path_, errno, pending_.size() - done);
    done += static_cast<std::size_t>(n);
    size_ += static_cast<std::size_t>(n);
  }
  pending_.clear();
}

void SpillFile::map() {
  if (fd_ < 0) return;
  flush();
  pending_.shrink_to_fit();
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd_, 0);
  if (mapped == MAP_FAILED) io::throw_io_error("cannot map", path_, errno);
  mapped_ = mapped;
  // Minibatches ask for documents in any order: pages around them would be read for nothing.
  ::madvise(mapped_, size_, MADV_RANDOM);
  io::sys().close(std::exchange(fd_, -1));
}

}  // namespace elbow::data
