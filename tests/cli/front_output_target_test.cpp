// One rule for every path that a command line names as a place to write to.
#include "cli/common/output_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/front_test_support.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string words, help;
};

Outcome checked(const std::string& verb, const std::string& flag, const std::string& path) {
  CommandLine line;
  line.verb = verb;
  line.positional = {"."};
  line.flags[flag] = path;
  try {
    check_outputs(line);
  } catch (const Error& error) {
    return {error.exit_code(), error.what(), error.help()};
  }
  return {};
}

struct Writer {
  const char *verb, *flag, *ending;
};
constexpr Writer kFiles[] = {{"sample", "output", ".csv"},
                             {"reconstruct", "output", ".png"},
                             {"traverse", "output", ".png"},
                             {"encode", "output", ".npy"},
                             {"predict", "output", ".csv"},
                             {"report", "output", ".html"},
                             {"init", "output", ".yaml"},
                             {"eval", "per-example", ".csv"},
                             {"diagnose", "per-example", ".csv"}};
constexpr Writer kFolders[] = {
    {"train", "output", ""}, {"export", "output", ""}, {"data", "folder", ""}};

// Old code: predict 74 after the work, report and init 74, eval 2.
TEST(OutputTarget, AMissingFolderIsTheUsersToMakeForEveryVerb) {
  const test::CliFolder folder;
  for (const Writer& one : kFiles) {
    const std::string name = std::string("x") + one.ending;
    EXPECT_EQ(checked(one.verb, one.flag, folder / name).code, 0) << one.verb;
    const Outcome missing = checked(one.verb, one.flag, folder / ("missing/" + name));
    EXPECT_EQ(missing.code, 2) << one.verb;
    EXPECT_THAT(missing.words, HasSubstr("there is no folder")) << one.verb;
    EXPECT_EQ(missing.help, "mkdir -p " + (folder / "missing")) << one.verb;
  }
}

TEST(OutputTarget, WhatIsNoFileCannotBeReplacedByOne) {
  const test::CliFolder folder;
  for (const Writer& one : kFiles) {
    const std::string name = std::string("x") + one.ending;
    std::filesystem::create_directory(folder / name);
    EXPECT_EQ(checked(one.verb, one.flag, folder / name).code, 2) << one.verb;
    std::filesystem::remove(folder / name);
    ASSERT_EQ(::mkfifo((folder / name).c_str(), 0600), 0);
    EXPECT_EQ(checked(one.verb, one.flag, folder / name).code, 2) << one.verb;
    std::filesystem::remove(folder / name);
    std::filesystem::create_symlink("elsewhere", folder / name);
    EXPECT_EQ(checked(one.verb, one.flag, folder / name).code, 2) << one.verb;
    std::filesystem::remove(folder / name);
    folder.write(name, "an earlier result");
    EXPECT_EQ(checked(one.verb, one.flag, folder / name).code, 0) << one.verb;
    std::filesystem::remove(folder / name);
  }
}

TEST(OutputTarget, EndingsAreThoseThatAVerbCanWrite) {
  const test::CliFolder folder;
  for (const char* verb : {"sample", "reconstruct", "traverse", "encode", "predict"}) {
    const Outcome other = checked(verb, "output", folder / "x.txt");
    EXPECT_EQ(other.code, 2) << verb;
    EXPECT_THAT(other.words, HasSubstr("expected a file ending in")) << verb;
  }
}

TEST(OutputTarget, FoldersAreMadeWithThoseAboveThem) {
  const test::CliFolder folder;
  folder.write("file", "");
  for (const Writer& one : kFolders) {
    EXPECT_EQ(checked(one.verb, one.flag, folder / "a/b/c").code, 0) << one.verb;
    EXPECT_EQ(checked(one.verb, one.flag, folder / "a/").code, 0) << one.verb;
    EXPECT_EQ(checked(one.verb, one.flag, "relative/place").code, 0) << one.verb;
    EXPECT_EQ(checked(one.verb, one.flag, folder / "file").code, 2) << one.verb;
    EXPECT_EQ(checked(one.verb, one.flag, folder / "file/below").code, 2) << one.verb;
  }
}

// What the system refuses is a failure to write, said before any work.
TEST(OutputTarget, AFolderThatNobodyMayWriteToIs74) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const test::CliFolder folder;
  std::filesystem::create_directory(folder / "closed");
  ::chmod((folder / "closed").c_str(), 0500);
  for (const Writer& one : kFiles)
    EXPECT_EQ(checked(one.verb, one.flag, folder / ("closed/x" + std::string(one.ending))).code, 74)
        << one.verb;
  for (const Writer& one : kFolders)
    EXPECT_EQ(checked(one.verb, one.flag, folder / "closed/x").code, 74) << one.verb;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::cli
