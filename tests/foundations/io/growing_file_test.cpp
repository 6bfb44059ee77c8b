#include "elbow/foundations/io/growing_file.h"

#include "elbow/foundations/io/room.h"
#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

TEST(GrowingFile, AppearsWholeUnderItsNameWhenItIsCommitted) {
  const TempDir dir;
  put(dir.file("a"), "old");
  GrowingFile file(dir.file("a"));
  file.append("one ");
  file.append("two");
  EXPECT_EQ(get(dir.file("a")), "old");
  file.commit();
  EXPECT_EQ(get(dir.file("a")), "one two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(GrowingFile, LeavesNothingWhenItIsGivenUpOrAWriteFails) {
  struct Full : Sys {
    ssize_t write(int, const void*, std::size_t) override {
      errno = ENOSPC;
      return -1;
    }
  } full;
  const TempDir dir;
  {
    GrowingFile file(dir.file("a"));
    file.append("half");
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  {
    GrowingFile file(dir.file("a"));
    const ScopedSys scope(full);
    EXPECT_THROW(file.append("more"), IoError);
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(GrowingFile, ReplacesRegularFilesOnly) {
  const TempDir dir;
  std::filesystem::create_symlink("elsewhere", dir.file("link"));
  EXPECT_THROW(GrowingFile(dir.file("link")), IoError);
  EXPECT_THROW(GrowingFile(dir.file("nowhere/a")), IoError);
}

TEST(Room, WhatNoMachineHasIsRefusedInWords) {
  const TempDir dir;
  const std::string text = message_of<UsageError>(
      [&] { check_disk(dir.file("big.npy"), 3.136e21, "4000000000000000000 rows"); });
  EXPECT_NE(text.find("big.npy: 4000000000000000000 rows take 3136.0 EB, but the disk has"),
            std::string::npos)
      << text;
  EXPECT_THROW(check_memory(1e18, "pictures"), UsageError);
  EXPECT_NO_THROW(check_disk(dir.file("small.npy"), 10, "10 rows"));
  EXPECT_NO_THROW(check_memory(10, "pictures"));
}

TEST(Room, SizesHaveOneDigitBehindThePoint) {
  EXPECT_EQ(size_text(12), "12 bytes");
  EXPECT_EQ(size_text(999.96e3), "1.0 MB");
  EXPECT_EQ(size_text(3.136e12), "3.1 TB");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
