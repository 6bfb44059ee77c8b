// Which checkpoints stay: retention, and going back to an earlier step.
#include <chrono>

#include "elbow/foundations/io/checkpoint_store.h"
#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

using Names = std::vector<std::string>;

TEST(Retention, KeepsTheLastTheBestTheLatestAndThePinned) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (std::int64_t step = 1; step <= 8; ++step)
    store.save(step, files_of(step), nullptr, step == 2);
  put(dir.file("latest"), "step-00000004\n");
  store.retain(2, "step-00000003");
  EXPECT_EQ(
      store.names(),
      (Names{"step-00000002", "step-00000003", "step-00000004", "step-00000007", "step-00000008"}));
  store.retain(0);
  EXPECT_EQ(store.names(), (Names{"step-00000002", "step-00000004", "step-00000008"}));
  EXPECT_EQ(count_hidden(dir.path(), "."), 0);
}

TEST(Retention, BestMovesOnlyWithANewBest) {
  // A tie and a NaN metric are no improvement: the trainer saves them with is_best = false.
  const TempDir dir;
  CheckpointStore store(dir.path());
  store.save(1, files_of(1), nullptr, true);
  for (std::int64_t step = 2; step <= 6; ++step) {
    store.save(step, files_of(step), nullptr, false);
    store.retain(1);
    EXPECT_EQ(store.best(), "step-00000001");
    EXPECT_EQ(store.load("best").files, files_of(1));
    EXPECT_EQ(store.names().size(), 2u);
  }
  store.save(7, files_of(7), nullptr, true);
  store.retain(1);
  EXPECT_EQ(store.names(), Names{"step-00000007"});
}

TEST(Retention, ClockSetBackDoesNotMatter) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (std::int64_t step = 1; step <= 4; ++step) {
    store.save(step, files_of(step), nullptr, false);
    const auto earlier =
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * step);
    std::filesystem::last_write_time(dir.file(store.names().back()), earlier);
  }
  store.retain(2);
  EXPECT_EQ(store.names(), (Names{"step-00000003", "step-00000004"}));
}

TEST(Retention, RemovesNothingWhileAPointerIsNotUnderstood) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (std::int64_t step = 1; step <= 4; ++step) store.save(step, files_of(step), nullptr, false);
  put(dir.file("best"), "garbage");
  store.retain(1);
  EXPECT_EQ(store.names().size(), 4u);
  std::filesystem::remove(dir.file("best"));
  make_directories(dir.file("best"));
  store.retain(1);
  EXPECT_EQ(store.names().size(), 4u);
}

TEST(SetAside, LaterStepsGoAndTheirNamesAreFree) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (std::int64_t step = 1; step <= 5; ++step)
    store.save(step, files_of(step), nullptr, step == 2);
  store.set_aside_after(3);
  EXPECT_EQ(store.names(), (Names{"step-00000001", "step-00000002", "step-00000003"}));
  EXPECT_EQ(store.latest(), "step-00000003");
  EXPECT_EQ(store.best(), "step-00000002");
  EXPECT_EQ(count_hidden(dir.path(), ".stale-step-"), 2);
  CheckpointFiles other = files_of(44);
  store.save(4, other, nullptr, false);
  EXPECT_EQ(store.load("latest").files, other);
  EXPECT_EQ(count_hidden(dir.path(), ".stale-"), 0);
}

TEST(SetAside, BestGoesBackToTheOneBefore) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (std::int64_t step = 1; step <= 5; ++step)
    store.save(step, files_of(step), nullptr, step == 2 || step == 4);
  store.set_aside_after(3);
  EXPECT_EQ(store.best(), "step-00000002");
  EXPECT_EQ(count_hidden(dir.path(), ".stale-best-step-00000004"), 1);
  // A stale best stays through commits and sweeps until there is a new best.
  store.save(4, files_of(40), nullptr, false);
  store.sweep();
  EXPECT_EQ(count_hidden(dir.path(), ".stale-"), 1);
  store.save(5, files_of(50), nullptr, true);
  EXPECT_EQ(count_hidden(dir.path(), ".stale-"), 0);
}

TEST(SetAside, NoBestRemainsWhenTheOneBeforeIsGone) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  store.save(1, files_of(1), nullptr, false);
  store.save(2, files_of(2), nullptr, true);
  store.set_aside_after(1);
  EXPECT_EQ(store.best(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(dir.file("best")));
  EXPECT_TRUE(
      has(message_of<DataError>([&] { store.load("best"); }), "there is no best checkpoint"));
}

TEST(SetAside, BackToTheBeginLeavesNoPointerAndKeepsTheOnlyCopies) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  store.save(1, files_of(1), nullptr, true);
  store.save(2, files_of(2), nullptr, false);
  store.set_aside_after(0);
  EXPECT_TRUE(store.names().empty());
  EXPECT_EQ(store.latest(), std::nullopt);
  store.sweep();
  EXPECT_EQ(count_hidden(dir.path(), ".stale-step-"), 1);
  EXPECT_EQ(count_hidden(dir.path(), ".stale-best-"), 1);
  store.save(1, files_of(11), nullptr, true);
  EXPECT_EQ(count_hidden(dir.path(), ".stale-"), 0);
  EXPECT_EQ(store.load("best").files, files_of(11));
}

TEST(SetAside, PointersMoveBeforeAnyFolder) {
  struct Trace : Sys {
    std::string order;
    int rename(const char* from, const char* to) override {
      order += has(to, ".stale-") ? 's' : 'p';
      return Sys::rename(from, to);
    }
  } trace;
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (std::int64_t step = 1; step <= 4; ++step)
    store.save(step, files_of(step), nullptr, step % 2 == 1);
  const ScopedSys scope(trace);
  store.set_aside_after(2);
  EXPECT_EQ(trace.order, "ppss");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
