// Kills and failing calls at every point of a save: rows R1, R2, R8 and R10 of the reliability
// table.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <functional>
#include <new>

#include "elbow/foundations/io/checkpoint_store.h"
#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

/// What a child has been told is safe. Shared memory: it outlives a kill.
struct Acknowledged {
  std::atomic<std::int64_t> step{0};
  std::atomic<std::int64_t> best{0};
};

class SharedAcknowledged {
 public:
  SharedAcknowledged()
      : at_(new (::mmap(nullptr,
                        sizeof(Acknowledged),
                        PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS,
                        -1,
                        0)) Acknowledged) {}
  ~SharedAcknowledged() { ::munmap(at_, sizeof(Acknowledged)); }
  Acknowledged& operator*() const { return *at_; }
  Acknowledged* operator->() const { return at_; }

 private:
  Acknowledged* at_;
};

int exit_code_of(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
    } catch (const std::exception& error) {
      ::fprintf(stderr, "child: %s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Every kind of change that a run makes: new bests, retention, a rollback, a commit that removes
/// what it set aside.
void scenario(CheckpointStore store, std::size_t size, Acknowledged& acknowledged) {
  const auto save = [&](std::int64_t step, bool is_best) {
    store.save(step, files_of(step, size), nullptr, is_best);
    if (is_best) acknowledged.best = step;
    acknowledged.step = step;
  };
  store.sweep();
  save(1, true);
  save(2, false);
  store.retain(1);
  save(3, true);
  store.retain(1, "step-00000002");
  save(4, true);
  acknowledged.step = 3;  // from here on step 4 may go
  acknowledged.best = 0;
  store.set_aside_after(3);
  save(5, false);
  save(6, true);
  store.retain(1);
}

/// Nothing acknowledged is lost, nothing torn is visible, and the next start goes on from there.
void check_survivor(const std::string& directory,
                    std::size_t size,
                    const Acknowledged& acknowledged) {
  CheckpointStore store(directory);
  const auto names = store.names();
  for (const auto& name : names) {
    const auto loaded = store.load(name);
    ASSERT_EQ(loaded.files, files_of(loaded.step, size)) << name;
  }
  std::int64_t newest = 0;
  if (!names.empty()) {
    const auto loaded = store.load("latest");
    ASSERT_TRUE(loaded.warnings.empty());
    newest = loaded.step;
  }
  ASSERT_GE(newest, acknowledged.step);
  if (acknowledged.best > 0) {
    ASSERT_TRUE(store.best());
    ASSERT_GE(store.load("best").step, acknowledged.best);
  }
  for (const char* pointer : {"latest", "best"}) {
    const std::string text = get(directory + "/" + pointer);
    ASSERT_TRUE(text.empty() || text.size() == std::string("step-00000000\n").size()) << text;
  }
  if (std::filesystem::exists(directory)) {
    ASSERT_LE(count_hidden(directory, ".tmp-"), 1);
    ASSERT_LE(count_hidden(directory, ".trash-"), 1);
  }
  store.sweep();
  store.save(newest + 10, files_of(newest + 10, size), nullptr, true);
  ASSERT_EQ(store.load("latest").step, newest + 10);
  ASSERT_EQ(count_hidden(directory, "."), 0);
}

void kill_at_every_call(FaultSys::Mode mode, std::size_t size) {
  for (long call = 0;; ++call) {
    const TempDir dir;
    const std::string directory = dir.file("checkpoints");
    const SharedAcknowledged acknowledged;
    const int code = exit_code_of([&] {
      FaultSys faults(mode, call);
      const ScopedSys scope(faults);
      scenario(CheckpointStore(directory), size, *acknowledged);
      if (faults.calls() <= call) ::_exit(3);
    });
    if (code == 3) {
      EXPECT_GT(call, 250);  // five saves of six files, each opened, written, synced and closed
      return;
    }
    // A torn write is only there where a write is.
    const bool went_through = code == 0 && mode == FaultSys::Mode::kKillTorn;
    ASSERT_TRUE(code == FaultSys::kKilled || went_through) << "call " << call << ": " << code;
    if (went_through) continue;
    FaultSys without_sync;
    const ScopedSys scope(without_sync);
    check_survivor(directory, size, *acknowledged);
    if (::testing::Test::HasFatalFailure())
      FAIL() << "killed at call " << call << ", " << size << " bytes";
  }
}

// R2: three repeats with other sizes.
class KillAtEveryCall : public ::testing::TestWithParam<std::size_t> {};

TEST_P(KillAtEveryCall, Before) { kill_at_every_call(FaultSys::Mode::kKillBefore, GetParam()); }
TEST_P(KillAtEveryCall, After) { kill_at_every_call(FaultSys::Mode::kKillAfter, GetParam()); }
TEST_P(KillAtEveryCall, InTheMiddleOfAWrite) {
  kill_at_every_call(FaultSys::Mode::kKillTorn, GetParam());
}
INSTANTIATE_TEST_SUITE_P(Sizes, KillAtEveryCall, ::testing::Values(1, 600, 9000));

/// Saves without a pause until it is killed, resuming from what is there.
[[noreturn]] void save_for_ever(const std::string& directory, Acknowledged& acknowledged) {
  FaultSys without_sync;
  const ScopedSys scope(without_sync);
  CheckpointStore store(directory);
  store.sweep();
  for (std::int64_t step = store.names().empty() ? 1 : store.load("latest").step + 1;; ++step) {
    store.save(step, files_of(step), nullptr, step % 3 == 0);
    acknowledged.step = step;
    store.retain(2);
  }
}

// R1 at the size of every CI run. Each kill comes at a random time after none to two saves of that
// child; no stochastic claim, every kill must pass.
TEST(CheckpointKill, TwoHundredKillsAtRandomTimesLoseNothing) {
  const TempDir dir;
  const SharedAcknowledged acknowledged;
  std::mt19937_64 generator(7);
  for (int kill = 0; kill < 200; ++kill) {
    const std::int64_t wanted = acknowledged->step + static_cast<std::int64_t>(generator() % 3);
    const pid_t child = ::fork();
    if (child == 0) save_for_ever(dir.path(), *acknowledged);
    while (acknowledged->step < wanted) ::usleep(200);
    ::usleep(static_cast<useconds_t>(generator() % 5000));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const CheckpointStore store(dir.path());
    if (acknowledged->step == 0 && store.names().empty()) continue;
    const auto loaded = store.load("latest");
    ASSERT_TRUE(loaded.warnings.empty()) << loaded.warnings[0];
    ASSERT_EQ(loaded.files, files_of(loaded.step));
    ASSERT_GE(loaded.step, acknowledged->step);
    ASSERT_LE(store.names().size(), 5u);
  }
  EXPECT_GT(acknowledged->step, 100);
}

// R10: a kill in the middle of a deletion leaves at most one stray folder, and no half checkpoint
// under a valid name.
TEST(Retention, KillAtEveryCallLeavesAtMostOneStrayFolder) {
  for (long call = 0;; ++call) {
    const TempDir dir;
    CheckpointStore store(dir.path());
    {
      FaultSys without_sync;
      const ScopedSys scope(without_sync);
      for (std::int64_t step = 1; step <= 5; ++step)
        store.save(step, files_of(step, 50), nullptr, step == 2);
    }
    const int code = exit_code_of([&] {
      FaultSys faults(FaultSys::Mode::kKillBefore, call);
      const ScopedSys scope(faults);
      store.retain(1);
    });
    for (const auto& name : store.names())
      ASSERT_EQ(store.load(name).files, files_of(store.load(name).step, 50));
    ASSERT_EQ(store.best(), "step-00000002");
    ASSERT_EQ(store.load("latest").step, 5);
    ASSERT_LE(count_hidden(dir.path(), "."), 1) << "call " << call;
    store.sweep();
    ASSERT_EQ(count_hidden(dir.path(), "."), 0);
    if (code == 0) {
      EXPECT_GT(call, 3 * 8);
      break;
    }
    ASSERT_EQ(code, FaultSys::kKilled);
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
