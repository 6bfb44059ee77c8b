#include "elbow/foundations/observe/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "append_file.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/log.h"
#include "event_messages.h"

namespace elbow {
namespace {

constexpr char kPrefix[] = "events.out.tfevents.";

double now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

/// A second that is later than that of every event file there: TensorBoard reads them in the order
/// of their names, also when the clock was set back or two writers start within one second.
std::int64_t next_second(const std::string& directory) {
  std::int64_t latest = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename();
    if (name.rfind(kPrefix, 0) != 0) continue;
    std::int64_t second = 0;
    const char* begin = name.data() + sizeof kPrefix - 1;
    if (std::from_chars(begin, name.data() + name.size(), second).ec == std::errc())
      latest = std::max(latest, second);
  }
  return std::max(static_cast<std::int64_t>(now()), latest + 1);
}

std::string new_file_name(const std::string& directory) {
  static std::atomic<int> num_files{0};
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  return directory + "/" + kPrefix + std::to_string(next_second(directory)) + "." + host + "." +
         std::to_string(::getpid()) + "." + std::to_string(num_files++);
}

}  // namespace

struct TensorBoardWriter::Impl {
  std::string directory, path;
  int fd = -1;
  std::int64_t length = 0, last_step = 0, failures = 0;

  void fail(const std::string& what, const std::string& reason) {
    if (++failures == 1)
      log::warning((path.empty() ? directory : path) + ": " + what + ": " + reason +
                   "; training goes on, the event is lost");
  }

  void open(std::int64_t first_step) {
    close();
    last_step = first_step;
    try {
      io::make_directories(directory);
    } catch (const Error& failed) {
      return fail("cannot create the folder", failed.what());
    }
    path = new_file_name(directory);
    length = 0;
    fd = io::sys().open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return fail("cannot open", std::strerror(errno));
    put(events::file_version({now(), first_step}));
    put(events::start({now(), first_step}));
  }

  void close() {
    if (fd >= 0 && io::sys().close(fd) != 0) fail("cannot close", std::strerror(errno));
    fd = -1;
  }

  void put(const std::string& payload) {
    if (fd < 0) {
      ++failures;
      return;
    }
    const std::string record = events::frame(payload);
    if (const int error = append_record(fd, record, length))
      fail("cannot write", std::strerror(error));
    else
      length += static_cast<std::int64_t>(record.size());
  }

  events::Stamp stamp(std::int64_t step) {
    if (step < last_step) open(step);
    last_step = step;
    return {now(), step};
  }
};

TensorBoardWriter::TensorBoardWriter(const std::string& directory, std::int64_t first_step)
    : impl_(std::make_unique<Impl>()) {
  impl_->directory = directory;
  impl_->open(first_step);
}

TensorBoardWriter::~TensorBoardWriter() { impl_->close(); }

void TensorBoardWriter::scalars(std::int64_t step,
                                const std::vector<std::pair<std::string, double>>& values) {
  impl_->put(events::scalars(impl_->stamp(step), values));
}

void TensorBoardWriter::image(
    std::int64_t step, const std::string& tag, const std::string& png, int width, int height) {
  impl_->put(events::image(impl_->stamp(step), tag, png, width, height));
}

void TensorBoardWriter::hyperparameters(
    std::int64_t step, const std::vector<std::pair<std::string, std::string>>& values) {
  impl_->put(events::hyperparameters(impl_->stamp(step), values));
}

void TensorBoardWriter::flush() {
  if (impl_->fd >= 0 && io::sys().fsync(impl_->fd) != 0 && errno != EINVAL && errno != EROFS)
    impl_->fail("cannot flush", std::strerror(errno));
}

std::int64_t TensorBoardWriter::failures() const { return impl_->failures; }

}  // namespace elbow
