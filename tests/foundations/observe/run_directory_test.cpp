#include "elbow/foundations/observe/run_directory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "elbow/foundations/core/error.h"
#include "temporary_folder.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Each test runs inside its own folder, since runs/ is relative to where one stands.
class RunDirectoryTest : public ::testing::Test {
 protected:
  RunDirectoryTest() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder_.path());
  }
  ~RunDirectoryTest() override { std::filesystem::current_path(before_); }
  static RunDirectory make_run(const std::string& path, const std::string& run_json) {
    spill(path + "/config.yaml", "name: vae\n");
    spill(path + "/run.json", run_json);
    return RunDirectory(path);
  }
  TemporaryFolder folder_;
  std::filesystem::path before_;
};

TEST_F(RunDirectoryTest, NumbersAreTheFirstFreeOnes) {
  EXPECT_EQ(RunDirectory::create("vae", "").path(), "runs/vae-1");
  EXPECT_EQ(RunDirectory::create("vae", "").path(), "runs/vae-2");
  EXPECT_EQ(RunDirectory::create("other", "").path(), "runs/other-1");
  std::filesystem::remove("runs/vae-1");
  EXPECT_EQ(RunDirectory::create("vae", "").path(), "runs/vae-1");
  EXPECT_EQ(RunDirectory::create("vae", "").path(), "runs/vae-3");
}

TEST_F(RunDirectoryTest, EightProcessesGetFortyDistinctDirectories) {
  std::vector<pid_t> children;
  for (int child = 0; child < 8; ++child) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      // Each marks its five directories; a directory given twice would hold two marks.
      for (int i = 0; i < 5; ++i) {
        const auto run = RunDirectory::create("race", "");
        spill(run.path() + "/" + std::to_string(::getpid()) + "-" + std::to_string(i), "");
      }
      ::_exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 1;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::set<std::string> names;
  for (const auto& run : std::filesystem::directory_iterator("runs")) {
    names.insert(run.path().filename());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(run), {}), 1) << run.path();
  }
  EXPECT_EQ(names.size(), 40u);
  EXPECT_TRUE(names.count("race-40"));
}

TEST_F(RunDirectoryTest, NamesThatCouldLeaveTheFolderAreRefused) {
  const std::string nul("a\0b", 3);
  for (const std::string& name : {std::string(""),
                                  std::string("a/b"),
                                  std::string(".."),
                                  std::string("a..b"),
                                  nul,
                                  std::string("/etc"),
                                  std::string("a\\b"),
                                  std::string("a\nb"),
                                  std::string(".x"),
                                  std::string(300, 'a')})
    EXPECT_THROW(RunDirectory::create(name, ""), UsageError) << name;
  EXPECT_FALSE(std::filesystem::exists("runs"));
}

TEST_F(RunDirectoryTest, OutputIsMadeWithItsParentsAndMustBeFree) {
  EXPECT_EQ(RunDirectory::create("ignored/..", "a/b/c/").path(), "a/b/c");
  EXPECT_TRUE(std::filesystem::is_directory("a/b/c"));
  // A process that was killed before run.json leaves no more than this.
  for (const char* name : {"run.lock", "config.yaml", "environment.json", "train.log"}) {
    EXPECT_EQ(RunDirectory::create("ignored", "a/b/c").path(), "a/b/c") << name;
    spill(std::string("a/b/c/") + name, "");
  }
  spill("a/b/c/run.json", "{}");
  EXPECT_THROW(RunDirectory::create("vae", "a/b/c"), UsageError);
  EXPECT_THROW(RunDirectory::create("vae", "a/b/c///"), UsageError);
  spill("file", "");
  EXPECT_THROW(RunDirectory::create("vae", "file"), UsageError);
}

TEST_F(RunDirectoryTest, OpenTakesRunsOnlyAndNamesTheNearOnes) {
  make_run("runs/vae-1", "{}");
  make_run("runs/vae-2", "{}");
  make_run("runs/gmm-1", "{}");
  std::filesystem::create_directories("runs/vae-broken");
  EXPECT_EQ(RunDirectory::open("runs/vae-1/").path(), "runs/vae-1");
  try {
    RunDirectory::open("runs/vae-3");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("runs/vae-3"), std::string::npos);
    EXPECT_EQ(error.help(), "existing runs: runs/vae-1, runs/vae-2, runs/gmm-1");
  }
  EXPECT_THROW(RunDirectory::open("runs/vae-broken"), UsageError);
  EXPECT_THROW(RunDirectory::open(""), UsageError);
  EXPECT_THROW(RunDirectory::open(std::string("runs/vae-1\0/../../etc", 21)), UsageError);
}

TEST_F(RunDirectoryTest, RunJsonComesBackAndIsEmptyWhenMissing) {
  const RunDirectory run = RunDirectory::create("vae", "");
  EXPECT_EQ(run.read_run_json(), Json::object());
  const Json value{{"status", "running"}, {"step", 12}};
  run.write_run_json(value);
  EXPECT_EQ(run.read_run_json(), value);
}

TEST_F(RunDirectoryTest, ListIsInNaturalOrderAndToleratesDamage) {
  make_run(
      "runs/vae-10",
      R"({"status": "completed", "step": 90, "last": {"elbo": -1.5}, "best": {"value": -1.25}})");
  make_run("runs/vae-2",
           R"({"status": "running", "step": "many", "last": 3, "best": {"value": null}})");
  make_run("runs/vae-1", "{\"status\":");
  spill("runs/notes.txt", "");
  const auto runs = list_runs("runs/");
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].path, "runs/vae-1");
  EXPECT_EQ(runs[0].status, "unreadable");
  EXPECT_EQ(runs[1].name, "vae-2");
  EXPECT_EQ(runs[1].step, 0);
  EXPECT_FALSE(runs[1].has_last);
  EXPECT_FALSE(runs[1].has_best);
  EXPECT_EQ(runs[2].name, "vae-10");
  EXPECT_EQ(runs[2].step, 90);
  EXPECT_EQ(runs[2].last, -1.5);
  EXPECT_EQ(runs[2].best, -1.25);
  EXPECT_TRUE(list_runs("nowhere").empty());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
