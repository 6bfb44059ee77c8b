#include "elbow/foundations/io/run_lock.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <array>

#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

std::string host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// A pipe whose ends close themselves.
struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  std::string read_line() {
    std::string line;
    char c = 0;
    while (::read(ends[0], &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  void write_line(std::string line) {
    line += '\n';
    EXPECT_EQ(::write(ends[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
  }
  int ends[2] = {-1, -1};
};

TEST(RunLock, SecondHolderIsToldPidAndHost) {
  const TempDir dir;
  Pipe ready, leave;
  const pid_t child = ::fork();
  if (child == 0) {
    const RunLock lock(dir.path());
    ready.write_line("held");
    leave.close_end(1);
    leave.read_line();
    ::_exit(0);
  }
  EXPECT_EQ(ready.read_line(), "held");
  EXPECT_EQ(message_of<UsageError>([&] { RunLock second(dir.path()); }),
            dir.path() + ": the run is in use by process " + std::to_string(child) + " on host " +
                host());
  leave.close_end(1);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_NO_THROW(RunLock(dir.path()));
}

TEST(RunLock, SecondInTheSameProcessIsRefusedToo) {
  const TempDir dir;
  const int before = open_descriptors();
  {
    const RunLock lock(dir.path());
    EXPECT_TRUE(has(message_of<UsageError>([&] { RunLock second(dir.path()); }),
                    std::to_string(::getpid())));
  }
  EXPECT_NO_THROW(RunLock(dir.path()));
  EXPECT_EQ(open_descriptors(), before);
}

/// A process that takes the lock and is killed; its entry stays in the file.
pid_t killed_holder(const std::string& directory) {
  Pipe ready;
  const pid_t child = ::fork();
  if (child == 0) {
    const RunLock lock(directory);
    ready.write_line("held");
    ::pause();
  }
  EXPECT_EQ(ready.read_line(), "held");
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  return child;
}

TEST(RunLock, KilledHolderIsNotNamedWhileTheNextOneHasNotWrittenItself) {
  const TempDir dir;
  const pid_t dead = killed_holder(dir.path());
  ASSERT_TRUE(has(get(dir.file("run.lock")), std::to_string(dead)));
  const int next = ::open(dir.file("run.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(next, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(message_of<UsageError>([&] { RunLock second(dir.path()); }),
            dir.path() + ": the run is in use by another process");
  ::close(next);
}

TEST(RunLock, KilledHolderLeavesNoLock) {
  const TempDir dir;
  const pid_t child = killed_holder(dir.path());
  EXPECT_TRUE(has(get(dir.file("run.lock")), std::to_string(child)));
  const RunLock lock(dir.path());
  const Json holder = Json::parse(get(dir.file("run.lock")));
  EXPECT_EQ(holder["pid"], ::getpid());
  EXPECT_EQ(holder["host"], host());
  EXPECT_FALSE(holder["boot_id"].get<std::string>().empty());
}

TEST(RunLock, RefusesALinkAndAMissingRun) {
  const TempDir dir;
  EXPECT_TRUE(has(message_of<IoError>([&] { RunLock lock(dir.file("none")); }), "No such file"));
  put(dir.file("elsewhere"), "kept");
  ASSERT_EQ(::symlink("elsewhere", dir.file("run.lock").c_str()), 0);
  EXPECT_TRUE(has(message_of<IoError>([&] { RunLock lock(dir.path()); }), "run.lock"));
  EXPECT_EQ(get(dir.file("elsewhere")), "kept");
}

/// Waits for the start, tries the lock and reports "won" or the refusal. A winner stays until told.
[[noreturn]] void race(const std::string& directory, Pipe& start, Pipe& report, Pipe& leave) {
  start.close_end(1);
  leave.close_end(1);
  start.read_line();
  try {
    const RunLock lock(directory);
    report.write_line("won " + std::to_string(::getpid()));
    leave.read_line();
  } catch (const UsageError& error) {
    report.write_line(error.what());
  } catch (...) {
    report.write_line("another error");
  }
  ::_exit(0);
}

// R11: 1,000 races, in four parts.
class RunLockRace : public ::testing::TestWithParam<int> {};

TEST_P(RunLockRace, OneOfTwoStartersWins) {
  const TempDir dir;
  for (int turn = 0; turn < 250; ++turn) {
    Pipe start, report, leave;
    pid_t children[2];
    for (pid_t& child : children) {
      child = ::fork();
      if (child == 0) race(dir.path(), start, report, leave);
    }
    start.close_end(1);
    std::string winner = report.read_line(), loser = report.read_line();
    if (winner.rfind("won", 0) != 0) std::swap(winner, loser);
    leave.close_end(1);
    for (const pid_t child : children) ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ASSERT_EQ(winner.rfind("won ", 0), 0u) << winner << " / " << loser;
    ASSERT_EQ(
        loser,
        dir.path() + ": the run is in use by process " + winner.substr(4) + " on host " + host());
  }
}
INSTANTIATE_TEST_SUITE_P(Parts, RunLockRace, ::testing::Range(0, 4));

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
