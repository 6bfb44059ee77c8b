#include "elbow/foundations/observe/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "elbow/foundations/core/error.h"

// Everything a handler touches is a lock-free atomic or plain memory that is complete before it is
// announced.
namespace elbow::signals {
namespace {

static_assert(std::atomic<int>::is_always_lock_free);

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
constexpr std::size_t kMaxPath = 4096;

std::atomic<int> requested{0};
std::atomic<int> num_interrupts{0};
std::atomic<bool> is_terminal{false};
std::atomic<bool> has_cleanup_path{false};
char cleanup_path[kMaxPath];

template <std::size_t size>
void say(const char (&text)[size]) {
  // On a terminal a progress bar, or the echoed ^C, may stand on the line.
  if (is_terminal.load() && ::write(STDERR_FILENO, "\n", 1) < 0) return;
  if (::write(STDERR_FILENO, text, size - 1) < 0) return;
}

void ask_to_save(int signal) {
  const int saved_errno = errno;
  if (signal == SIGINT && num_interrupts.fetch_add(1) > 0) {
    say("stopped without saving; the last checkpoint is untouched\n");
    ::_exit(kInterrupted);
  }
  int none = 0;
  requested.compare_exchange_strong(none, signal);
  if (signal == SIGINT)
    say("stopping after this step; press Ctrl-C again to quit without saving\n");
  errno = saved_errno;
}

void leave(int signal) {
  if (has_cleanup_path.load()) ::unlink(cleanup_path);
  ::_exit(signal == SIGINT ? kInterrupted : kStopped);
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) sigaddset(&set, signal);
  return set;
}

void* listen(void*) {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  for (;;) ::pause();
}

/// A thread that hears the signals and does nothing else, so that none is handled on the stack of
/// a thread that computes: oneDNN 3.10's products keep numbers further below the stack pointer
/// than a handler may be expected to spare, and go on with what it left there. Threads made later
/// inherit the mask of the one that calls this. Returns whether there is one (there may be no room
/// for a thread: then the caller has to hear them).
bool start_listening() {
  static const bool out = [] {
    pthread_attr_t attributes;
    if (::pthread_attr_init(&attributes) != 0) return false;
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    const bool is_made = ::pthread_create(&thread, &attributes, listen, nullptr) == 0;
    ::pthread_attr_destroy(&attributes);
    return is_made;
  }();
  return out;
}

}  // namespace

void install(bool saves_state) {
  requested = 0;
  num_interrupts = 0;
  is_terminal = ::isatty(STDERR_FILENO) == 1;
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  ::sigaction(SIGXFSZ, &ignore, nullptr);
  struct sigaction action {};
  action.sa_handler = saves_state ? ask_to_save : leave;
  // SA_NODEFER: the second Ctrl-C leaves even while the first one's handler waits for a stuck
  // terminal.
  action.sa_flags = SA_RESTART | SA_NODEFER;
  for (const int signal : kSignals) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;  // nohup, or a shell's background job
    ::sigaction(signal, &action, nullptr);
  }
  const sigset_t set = stop_signals();
  // A handler that leaves does not return to what it interrupted: it may run anywhere.
  const bool are_heard_elsewhere = saves_state && start_listening();
  ::pthread_sigmask(are_heard_elsewhere ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
}

int stop_requested() { return requested.load(); }

void request_stop(int signal) { requested = signal; }

void set_cleanup_path(const char* path) {
  has_cleanup_path = false;
  const std::size_t length = std::strlen(path);
  if (length == 0 || length >= kMaxPath) return;
  std::memcpy(cleanup_path, path, length + 1);
  has_cleanup_path = true;
}

void block_for_exec() {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace elbow::signals
