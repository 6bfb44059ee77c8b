#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/io/sys.h"

namespace elbow::io {

/// A fresh directory, removed at the end. In memory where that can be: what is tested here is which
/// calls are made and in which order, and thousands of small files wait long for a disk that
/// several programs use.
class TempDir {
 public:
  TempDir() {
    const bool in_memory = ::access("/dev/shm", W_OK | X_OK) == 0;
    std::string pattern = (in_memory ? "/dev/shm/" : ::testing::TempDir()) + "elbow_io_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Plain file access that does not use what is tested.
inline void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
inline std::string get(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

/// The message of the expected error; a test failure and "" when none or another one comes.
template <typename Expected, typename Function>
std::string message_of(Function function) {
  try {
    function();
  } catch (const Expected& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another error: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no error";
  return "";
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline int open_descriptors() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    count += entry.exists() ? 1 : 0;
  }
  return count;
}

/// Hidden entries of a directory that begin with `prefix`.
inline int count_hidden(const std::string& directory, const std::string& prefix) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    count += entry.path().filename().string().rfind(prefix, 0) == 0 ? 1 : 0;
  }
  return count;
}

inline std::string random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::string bytes(size, '\0');
  // Never zero: a zeroed hole always changes something.
  for (char& c : bytes) c = static_cast<char>(1 + generator() % 255);
  return bytes;
}

/// The files of a checkpoint, a function of the step: a torn or mixed one is seen without any
/// checksum.
inline CheckpointFiles files_of(std::int64_t step, std::size_t size = 600) {
  const auto seed = static_cast<std::uint64_t>(step) * 16;
  return {{"model.safetensors", random_bytes(size, seed)},
          {"optimizer.safetensors", random_bytes(size + 7, seed + 1)},
          {"rng.safetensors", random_bytes(64, seed + 2)},
          {"state.json", "{\"step\": " + std::to_string(step) + "}\n"},
          {"config.yaml", "seed: " + std::to_string(step) + "\n"}};
}

/// Counts the calls; kills the process or fails at the one with number `target`. fsync does
/// nothing: a killed process loses no page, so it would only cost time.
class FaultSys : public Sys {
 public:
  enum class Mode { kCount, kKillBefore, kKillAfter, kKillTorn, kFail, kFailFromThere };
  static constexpr int kKilled = 99;

  FaultSys() = default;
  FaultSys(Mode mode, long target, int error = 0) : mode_(mode), target_(target), error_(error) {}

  long calls() const { return calls_; }
  /// What failed cannot matter: the close of a descriptor that only reads.
  bool was_harmless() const { return was_harmless_; }

  int open(const char* path, int flags, mode_t mode) override {
    const int fd = run([&] { return Sys::open(path, flags, mode); }, -1);
    if (fd >= 0)
      (flags & O_ACCMODE) == O_RDONLY ? (void)readers_.insert(fd) : (void)readers_.erase(fd);
    return fd;
  }
  ssize_t read(int fd, void* data, std::size_t size) override {
    return run([&] { return Sys::read(fd, data, size); }, ssize_t{-1});
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    if (mode_ == Mode::kKillTorn && calls_ == target_) {
      if (Sys::write(fd, data, size / 2) >= 0) ::_exit(kKilled);
    }
    return run([&] { return Sys::write(fd, data, size); }, ssize_t{-1});
  }
  int allocate(int fd, off_t size) override {
    return run([&] { return Sys::allocate(fd, size); }, error_);
  }
  int fsync(int) override {
    return run([] { return 0; }, -1);
  }
  int close(int fd) override {
    const bool is_target = calls_ == target_;
    const int result = run([&] { return Sys::close(fd); }, -1);
    if (result != 0) Sys::close(fd);
    if (is_target && readers_.count(fd) != 0) was_harmless_ = true;
    if (result != 0) errno = error_;
    return result;
  }
  int rename(const char* from, const char* to) override {
    return run([&] { return Sys::rename(from, to); }, -1);
  }
  int unlink(const char* path) override {
    return run([&] { return Sys::unlink(path); }, -1);
  }
  int rmdir(const char* path) override {
    return run([&] { return Sys::rmdir(path); }, -1);
  }
  int mkdir(const char* path, mode_t mode) override {
    return run([&] { return Sys::mkdir(path, mode); }, -1);
  }

 private:
  template <typename Function, typename Result>
  Result run(Function real, Result failed) {
    const long number = calls_++;
    const bool is_target = number == target_;
    if (is_target && mode_ == Mode::kKillBefore) ::_exit(kKilled);
    if ((is_target && mode_ == Mode::kFail) ||
        (number >= target_ && mode_ == Mode::kFailFromThere)) {
      errno = error_;
      return failed;
    }
    const Result result = real();
    if (is_target && mode_ == Mode::kKillAfter) ::_exit(kKilled);
    return result;
  }

  Mode mode_ = Mode::kCount;
  long target_ = -1;
  int error_ = 0;
  long calls_ = 0;
  bool was_harmless_ = false;
  std::set<int> readers_;
};

}  // namespace elbow::io
