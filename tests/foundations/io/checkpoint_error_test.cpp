// A failing call at every point of a save: row R8 of the reliability table.
#include <system_error>

#include "elbow/foundations/io/checkpoint_store.h"
#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

/// Two checkpoints, made once and copied for each case.
class FailingCall : public ::testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() {
    original = new TempDir;
    CheckpointStore store(original->path());
    store.save(1, files_of(1), nullptr, true);
    store.save(2, files_of(2), nullptr, false);
    store.save(3, files_of(3), nullptr, false);
    store.set_aside_after(2);  // so that the commit has something to remove
  }
  static void TearDownTestSuite() { delete original; }
  static TempDir* original;
};
TempDir* FailingCall::original = nullptr;

void check_old_checkpoints(const CheckpointStore& store) {
  ASSERT_EQ(store.load("1").files, files_of(1));
  ASSERT_EQ(store.load("2").files, files_of(2));
  const auto newest = store.load("latest");
  ASSERT_TRUE(newest.warnings.empty());
  ASSERT_EQ(newest.files, files_of(newest.step == 4 ? 4 : 2));
  ASSERT_TRUE(store.best());
  ASSERT_TRUE(store.latest());
}

/// The message of the IoError that the save ends with; nothing when it ends well.
std::optional<std::string> save_with(FaultSys& faults, CheckpointStore& store) {
  const ScopedSys scope(faults);
  try {
    store.save(4, files_of(4), nullptr, true);
  } catch (const IoError& error) {
    EXPECT_EQ(error.exit_code(), 74);
    return error.what();
  }
  return std::nullopt;
}

void fail_at_every_call(const std::string& original, FaultSys::Mode mode, int error) {
  long call = 0;
  for (bool reached = true; reached; ++call) {
    const TempDir dir;
    std::filesystem::copy(original, dir.path(), std::filesystem::copy_options::recursive);
    CheckpointStore store(dir.path());
    const int before = open_descriptors();
    FaultSys faults(mode, call, error);
    const auto message = save_with(faults, store);
    reached = faults.calls() > call;
    ASSERT_EQ(open_descriptors(), before) << "call " << call;
    if (reached && !faults.was_harmless()) {
      ASSERT_TRUE(message) << "call " << call;
      ASSERT_TRUE(has(*message, std::generic_category().message(error))) << *message;
      ASSERT_TRUE(has(*message, dir.path())) << *message;
      ASSERT_TRUE(has(*message, " is intact")) << *message;
      if (error == ENOSPC) {
        ASSERT_TRUE(has(*message, " free)")) << *message;
      }
    }
    check_old_checkpoints(store);
    if (mode == FaultSys::Mode::kFail) {
      ASSERT_EQ(count_hidden(dir.path(), ".tmp-"), 0) << "call " << call;
    }
    FaultSys without_sync;
    const ScopedSys scope(without_sync);
    store.sweep();
    ASSERT_EQ(count_hidden(dir.path(), "."), 0);
    store.save(4, files_of(4), nullptr, true);  // the next try succeeds
    ASSERT_EQ(store.latest(), "step-00000004");
    ASSERT_EQ(store.load("best").files, files_of(4));
    if (::testing::Test::HasFatalFailure()) FAIL() << "call " << call;
  }
  EXPECT_GT(call, 45);
}

// R8, once each and lasting: a disk that stays full, a mount that turned read-only.
TEST_P(FailingCall, OnceIsAnIoErrorAndCostsNothing) {
  fail_at_every_call(original->path(), FaultSys::Mode::kFail, GetParam());
}
TEST_P(FailingCall, LastingIsAnIoErrorAndCostsNothing) {
  fail_at_every_call(original->path(), FaultSys::Mode::kFailFromThere, GetParam());
}
INSTANTIATE_TEST_SUITE_P(Errors,
                         FailingCall,
                         ::testing::Values(ENOSPC, EIO, EDQUOT, EROFS, EACCES));

TEST(CheckpointStore, NotEnoughSpaceIsFoundBeforeAnythingIsTouched) {
  // A sparse request: nobody has 2^62 bytes. The bytes themselves are never made; require_space is
  // what save calls.
  const TempDir dir;
  FaultSys counter;
  const ScopedSys scope(counter);
  EXPECT_THROW(require_space(dir.path(), std::size_t{1} << 62, "x"), IoError);
  EXPECT_EQ(counter.calls(), 0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
