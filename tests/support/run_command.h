#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace elbow::test {

/// What a command printed and how it ended.
struct RunResult {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;      ///< the signal that ended it; 0 for a normal exit
  std::string out, err;
  double seconds = 0;
  bool timed_out = false;
  long peak_kilobytes = 0;  ///< largest resident set, at least that of the test itself at the fork
};

struct RunOptions {
  std::map<std::string, std::string> env;  ///< set in the child besides the test's own
  std::vector<std::string> unset;          ///< removed from the child's environment
  std::string input;                       ///< standard input
  std::string directory;                   ///< working directory; empty: the test's
  std::string stdout_path;  ///< standard output goes to this file ("/dev/full"); `out` stays empty
  bool close_stdout = false;  ///< the reader of standard output goes away at once (EPIPE)
  std::vector<std::pair<double, int>> kills;  ///< (seconds, signal), ascending
  /// Asked every few milliseconds; `kills` count from when it says yes (a file is there, a
  /// connection came). Empty: from the start.
  std::function<bool()> ready;
  double timeout = 120;  ///< SIGKILL after that; `timed_out` is set
  /// What the child runs instead of a program of that name: a `main` that is linked into the test.
  /// Spares it loading LibTorch, more than half a second; the test must have started no thread yet.
  std::function<int(int, char**)> program;
};

namespace detail {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    close(read);
    close(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

[[noreturn]] inline void child(
    const std::vector<std::string>& argv, const RunOptions& options, int in, int out, int err) {
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  for (const auto& name : options.unset) ::unsetenv(name.c_str());
  for (const auto& [name, value] : options.env) ::setenv(name.c_str(), value.c_str(), 1);
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
  ::signal(SIGPIPE, SIG_DFL);
  std::vector<char*> arguments;
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  if (options.program) {
    for (int fd = 3; fd < 256; ++fd) ::close(fd);  // what exec would close, the test's pipe ends
    const int code = options.program(static_cast<int>(argv.size()), arguments.data());
    std::fflush(nullptr);
    ::_exit(code);
  }
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

/// Appends what is there; closes the descriptor at the end of the stream.
inline void drain(int& fd, std::string* text) {
  char buffer[65536];
  const ssize_t count = ::read(fd, buffer, sizeof buffer);
  if (count > 0) text->append(buffer, static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) Pipe::close(fd);
}

inline void feed(int& fd, const std::string& text, std::size_t* sent) {
  const ssize_t count = ::write(fd, text.data() + *sent, text.size() - *sent);
  if (count > 0) *sent += static_cast<std::size_t>(count);
  if (*sent == text.size() || (count < 0 && errno != EINTR && errno != EAGAIN)) Pipe::close(fd);
}

/// Moves bytes and sends the signals that are due until both output streams are closed.
inline void communicate(pid_t pid,
                        const RunOptions& options,
                        double start,
                        Pipe* in,
                        Pipe* out,
                        Pipe* err,
                        RunResult* result) {
  std::size_t sent = 0, next_kill = 0;
  double ready_at = options.ready ? -1 : start;
  if (options.input.empty()) Pipe::close(in->write);
  // Nothing to read any more does not mean that the child is done: WNOWAIT leaves it for wait4
  // below.
  siginfo_t state{};
  while (true) {
    const double elapsed = now() - start;
    if (ready_at < 0 && options.ready()) ready_at = now();
    while (ready_at >= 0 && next_kill < options.kills.size() &&
           now() - ready_at >= options.kills[next_kill].first) {
      ::kill(pid, options.kills[next_kill++].second);
    }
    if (elapsed > options.timeout && !result->timed_out) {
      result->timed_out = true;
      ::kill(pid, SIGKILL);
    }
    pollfd fds[3] = {{out->read, POLLIN, 0}, {err->read, POLLIN, 0}, {in->write, POLLOUT, 0}};
    ::poll(fds, 3, 5);
    if (fds[0].revents != 0) drain(out->read, &result->out);
    if (fds[1].revents != 0) drain(err->read, &result->err);
    if (fds[2].revents != 0) feed(in->write, options.input, &sent);
    if (out->read >= 0 || err->read >= 0) continue;
    state.si_pid = 0;
    if (::waitid(P_PID, static_cast<id_t>(pid), &state, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        state.si_pid != 0)
      return;
  }
}

}  // namespace detail

/// Runs a command to its end, without a shell. `argv[0]` is a path or a name on the PATH; 127 when
/// it cannot be started.
inline RunResult run(const std::vector<std::string>& argv, const RunOptions& options = {}) {
  RunResult result;
  detail::Pipe in, out, err;
  const double start = detail::now();
  int file = -1;
  if (!options.stdout_path.empty()) {
    file = ::open(options.stdout_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) throw std::runtime_error("cannot open " + options.stdout_path);
  }
  // The child may leave before it has read its input.
  const auto previous = ::signal(SIGPIPE, SIG_IGN);
  std::fflush(nullptr);  // or the child would print it again
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) detail::child(argv, options, in.read, file >= 0 ? file : out.write, err.write);
  detail::Pipe::close(file);
  detail::Pipe::close(in.read);
  detail::Pipe::close(out.write);
  detail::Pipe::close(err.write);
  if (options.close_stdout) detail::Pipe::close(out.read);
  detail::communicate(pid, options, start, &in, &out, &err, &result);
  int status = 0;
  rusage usage{};
  while (::wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  ::signal(SIGPIPE, previous);
  result.seconds = detail::now() - start;
  result.peak_kilobytes = usage.ru_maxrss;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

/// The same with only an environment and standard input.
inline RunResult run(const std::vector<std::string>& argv,
                     const std::map<std::string, std::string>& env,
                     const std::string& input) {
  RunOptions options;
  options.env = env;
  options.input = input;
  return run(argv, options);
}

/// Sends one signal after a delay.
inline RunResult run_and_kill(const std::vector<std::string>& argv,
                              double after_seconds,
                              int signal,
                              RunOptions options = {}) {
  options.kills.emplace_back(after_seconds, signal);
  return run(argv, options);
}

}  // namespace elbow::test
