#include "elbow/foundations/observe/signals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "temporary_folder.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

constexpr int kFinished = 7;  // what a child returns that was not stopped

/// Runs `body` in a child with its stderr in a pipe. Returns the exit code (or minus the signal
/// that ended it).
int in_child(const std::function<int()>& body, std::string* said = nullptr) {
  int ends[2];
  if (::pipe(ends) != 0) return -1000;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    // A shell starts its background jobs with SIGINT ignored, and this program may be one.
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) ::signal(signal, SIG_DFL);
    ::alarm(8);  // a test that hangs ends by SIGALRM
    ::_exit(body());
  }
  ::close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, n);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (said != nullptr) *said = text;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Sends a signal to this process and waits until its handler, on whatever thread, has run.
void send(int signal) {
  ::kill(::getpid(), signal);
  sigset_t waiting;
  do {
    ::usleep(20'000);  // of which a handler needs some microseconds, once it has begun
    ::sigpending(&waiting);
  } while (::sigismember(&waiting, signal) == 1);
}

class EachSignal : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Signals, EachSignal, ::testing::Values(SIGINT, SIGTERM, SIGUSR1, SIGHUP));

TEST_P(EachSignal, AsksATrainerToStop) {
  std::string said;
  const int code = in_child(
      [this] {
        signals::install(true);
        if (signals::stop_requested() != 0) return 1;
        send(GetParam());
        return signals::stop_requested() == GetParam() ? kFinished : 2;
      },
      &said);
  EXPECT_EQ(code, kFinished);
  EXPECT_EQ(said,
            GetParam() == SIGINT
                ? "stopping after this step; press Ctrl-C again to quit without saving\n"
                : "");
}

TEST_P(EachSignal, EndsAVerbWithoutStateAndItsTemporaryFile) {
  const TemporaryFolder folder;
  const std::string file = folder / "part", other = folder / "other";
  spill(file, "half");
  spill(other, "kept");
  const int code = in_child([&] {
    signals::install(false);
    signals::set_cleanup_path(other.c_str());
    signals::set_cleanup_path(file.c_str());
    send(GetParam());
    return kFinished;
  });
  EXPECT_EQ(code, GetParam() == SIGINT ? 130 : 75);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_TRUE(std::filesystem::exists(other));
}

TEST_P(EachSignal, IgnoredAtStartStaysIgnored) {
  for (const bool saves_state : {true, false})
    EXPECT_EQ(in_child([&] {
                ::signal(GetParam(), SIG_IGN);
                signals::install(saves_state);
                send(GetParam());
                return signals::stop_requested() == 0 ? kFinished : 1;
              }),
              kFinished);
}

TEST_P(EachSignal, BeforeInstallIsKeptByTheFrontEndsBlock) {
  EXPECT_EQ(in_child([this] {
              signals::block_for_exec();
              ::kill(::getpid(), GetParam());  // during exec, when no handler is there
              signals::install(true);
              for (int i = 0; i < 100 && signals::stop_requested() == 0; ++i) ::usleep(20'000);
              return signals::stop_requested() == GetParam() ? kFinished : 1;
            }),
            kFinished);
}

/// Whether this thread never hears a signal that asks to stop.
bool is_deaf() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP})
    if (::sigismember(&blocked, signal) != 1) return false;
  return true;
}

// oneDNN's products do not survive a handler on their stack.
TEST(Signals, AreNotHeardByTheThreadsThatCompute) {
  EXPECT_EQ(in_child([] {
              signals::install(true);
              bool later_one = false;
              std::thread([&] { later_one = is_deaf(); }).join();
              return is_deaf() && later_one ? kFinished : 1;
            }),
            kFinished);
}

TEST(Signals, SecondInterruptLeavesAtOnce) {
  std::string said;
  EXPECT_EQ(in_child(
                [] {
                  signals::install(true);
                  send(SIGINT);
                  send(SIGINT);
                  return kFinished;
                },
                &said),
            130);
  EXPECT_NE(said.find("stopped without saving"), std::string::npos) << said;
}

TEST(Signals, InterruptAfterAnotherSignalIsTheFirstInterrupt) {
  EXPECT_EQ(in_child([] {
              signals::install(true);
              send(SIGTERM);
              send(SIGTERM);
              send(SIGINT);
              return signals::stop_requested() == SIGTERM ? kFinished : 1;
            }),
            kFinished);
}

TEST(Signals, ForgottenCleanupPathStays) {
  const TemporaryFolder folder;
  const std::string file = folder / "done";
  spill(file, "whole");
  EXPECT_EQ(in_child([&] {
              signals::install(false);
              signals::set_cleanup_path(file.c_str());
              signals::set_cleanup_path("");
              send(SIGTERM);
              return kFinished;
            }),
            75);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(Signals, ClosedPipeAndFileLimitAreErrorsOfWrite) {
  const TemporaryFolder folder;
  EXPECT_EQ(in_child([&] {
              signals::install(true);
              int ends[2];
              if (::pipe(ends) != 0) return 1;
              ::close(ends[0]);
              if (::write(ends[1], "x", 1) != -1 || errno != EPIPE) return 2;
              const rlimit limit{1, 1};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              const int fd = ::creat((folder / "file").c_str(), 0644);
              if (::write(fd, "x", 1) != 1) return 3;
              return ::write(fd, "x", 1) == -1 && errno == EFBIG ? kFinished : 4;
            }),
            kFinished);
}

TEST(Signals, RequestStopPretends) {
  signals::request_stop(SIGUSR1);
  EXPECT_EQ(signals::stop_requested(), SIGUSR1);
  signals::request_stop(0);
  EXPECT_EQ(signals::stop_requested(), 0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
