#include "elbow/foundations/io/run_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "file_handle.h"

namespace elbow::io {
namespace {

/// The holder writes its name just after it got the lock: a reader in between looks again.
constexpr int kLooks = 100;
constexpr std::chrono::milliseconds kPause{2};

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

/// Tells a process of before a reboot from one of now. /proc files have no size, so read_file
/// cannot read them.
std::string boot_id() {
  const FileHandle file(sys().open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC, 0));
  std::array<char, 64> text{};
  const ssize_t n = file.is_open() ? sys().read(file.fd(), text.data(), text.size()) : 0;
  std::string id(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

/// What the lock file says, if it is whole.
Json read_holder(int fd) {
  std::array<char, 1024> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  if (n <= 0) return nullptr;
  const Json holder =
      Json::parse(text.data(), text.data() + n, nullptr, /*allow_exceptions=*/false);
  const bool is_whole = holder.is_object() && holder.contains("pid") &&
                        holder["pid"].is_number_integer() && holder.contains("host") &&
                        holder["host"].is_string() && holder.contains("boot_id") &&
                        holder["boot_id"].is_string();
  return is_whole ? holder : Json(nullptr);
}

/// False when the file still names a process that was killed while it held the lock.
bool may_be_alive(const Json& holder) {
  if (holder["host"] != host_name()) return true;
  if (holder["boot_id"] != boot_id()) return false;
  return ::kill(holder["pid"].get<pid_t>(), 0) == 0 || errno != ESRCH;
}

[[noreturn]] void throw_locked(const std::string& run_directory, int fd) {
  std::string who = "another process";
  for (int look = 0; look < kLooks; ++look) {
    const Json holder = read_holder(fd);
    if (!holder.is_null() && may_be_alive(holder)) {
      who = "process " + std::to_string(holder["pid"].get<long long>()) + " on host " +
            holder["host"].get<std::string>();
      break;
    }
    std::this_thread::sleep_for(kPause);
  }
  throw UsageError(run_directory + ": the run is in use by " + who,
                   "wait for it to end, or stop it, then try again");
}

}  // namespace

RunLock::RunLock(const std::string& run_directory) {
  const std::string path = run_directory + "/run.lock";
  FileHandle file(sys().open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file.is_open()) throw_io_error("cannot open", path, errno);
  while (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw_locked(run_directory, file.fd());
    if (errno != EINTR) throw_io_error("cannot lock", path, errno);
  }
  Json holder;
  holder["pid"] = ::getpid();
  holder["host"] = host_name();
  holder["boot_id"] = boot_id();
  const std::string text = holder.dump() + "\n";
  if (::ftruncate(file.fd(), 0) != 0) throw_io_error("cannot write", path, errno, text.size());
  const ssize_t written = sys().write(file.fd(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) {
    throw_io_error("cannot write", path, written < 0 ? errno : ENOSPC, text.size());
  }
  fd_ = file.release();
}

RunLock::~RunLock() {
  // Emptied, never unlinked: a process that has just opened the file would lock a name that nobody
  // else sees.
  if (::ftruncate(fd_, 0) != 0) errno = 0;  // the next holder sees that this process is gone
  sys().close(fd_);
}

}  // namespace elbow::io
