#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <thread>

#include "elbow/foundations/io/version.h"
#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

TEST(WriteFile, ReplacesTheWholeContentAndLeavesNoTemporary) {
  const TempDir dir;
  write_file(dir.file("a"), std::string(5000, 'x'));
  write_file(dir.file("a"), "short");
  write_file(dir.file("empty"), "");
  write_file(dir.file("quick"), "not synced", /*durable=*/false);
  EXPECT_EQ(read_file(dir.file("a")), "short");
  EXPECT_EQ(read_file(dir.file("empty")), "");
  EXPECT_EQ(read_file(dir.file("quick")), "not synced");
  EXPECT_EQ(count_hidden(dir.path(), "."), 0);
}

TEST(WriteFile, SyncsTheFileBeforeTheRenameAndTheFolderAfterIt) {
  struct Trace : Sys {
    std::string calls;
    int fsync(int fd) override {
      struct stat info = {};
      ::fstat(fd, &info);
      calls += S_ISDIR(info.st_mode) ? "D" : "F";
      return Sys::fsync(fd);
    }
    ssize_t write(int fd, const void* data, std::size_t size) override {
      calls += "w";
      return Sys::write(fd, data, size);
    }
    int rename(const char* from, const char* to) override {
      calls += "r";
      return Sys::rename(from, to);
    }
  } trace;
  const TempDir dir;
  const ScopedSys scope(trace);
  write_file(dir.file("a"), "bytes");
  EXPECT_EQ(trace.calls, "wFrD");
}

TEST(WriteFile, FinishesShortAndInterruptedWrites) {
  struct Slow : Sys {
    int turn = 0;
    ssize_t write(int fd, const void* data, std::size_t size) override {
      if (turn++ % 2 == 0) {
        errno = EINTR;
        return -1;
      }
      return Sys::write(fd, data, std::min<std::size_t>(size, 3));
    }
  } slow;
  const TempDir dir;
  const ScopedSys scope(slow);
  write_file(dir.file("a"), "twenty bytes exactly");
  EXPECT_EQ(get(dir.file("a")), "twenty bytes exactly");
}

TEST(WriteFile, ManyThreadsLeaveOneWholeContent) {
  const TempDir dir;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        write_file(dir.file("a"), std::string(4000, static_cast<char>('a' + t)), false);
    });
  }
  for (auto& thread : threads) thread.join();
  const std::string bytes = get(dir.file("a"));
  EXPECT_EQ(bytes, std::string(4000, bytes.at(0)));
  EXPECT_EQ(count_hidden(dir.path(), ".tmp-"), 0);
}

TEST(WriteFile, RefusesWhatIsNoRegularFile) {
  const TempDir dir;
  put(dir.file("target"), "mine");
  ASSERT_EQ(::mkfifo(dir.file("fifo").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("target", dir.file("link").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", dir.file("dangling").c_str()), 0);
  ASSERT_EQ(::mkdir(dir.file("folder").c_str(), 0700), 0);
  const auto refusal = [&](const std::string& path) {
    return message_of<IoError>([&] { write_file(path, "new"); });
  };
  EXPECT_EQ(refusal(dir.file("fifo")),
            "cannot write " + dir.file("fifo") + ": it is a FIFO, expected a regular file");
  EXPECT_TRUE(has(refusal(dir.file("link")), "it is a symbolic link"));
  EXPECT_TRUE(has(refusal(dir.file("dangling")), "it is a symbolic link"));
  EXPECT_TRUE(has(refusal(dir.file("folder")), "it is a directory"));
  EXPECT_TRUE(has(refusal("/dev/full"), "it is a device"));
  EXPECT_EQ(get(dir.file("target")), "mine");
  EXPECT_FALSE(std::filesystem::exists(dir.file("nowhere")));
}

TEST(WriteFile, NamesThePathAndTheReasonWhenTheFolderIsMissing) {
  const TempDir dir;
  const auto message = message_of<IoError>([&] { write_file(dir.file("no/such/a"), "12345"); });
  EXPECT_TRUE(has(
      message,
      "cannot create " + dir.file("no/such/a") + ": No such file or directory (needs 5 bytes, "))
      << message;
  EXPECT_TRUE(has(message, " free)")) << message;
}

TEST(WriteFile, FullDeviceKeepsTheOldContentAndTellsBytes) {
  /// Every new file is /dev/full: the kernel's own ENOSPC.
  struct Full : Sys {
    int open(const char* path, int flags, mode_t mode) override {
      return (flags & O_CREAT) != 0 ? ::open("/dev/full", O_WRONLY) : Sys::open(path, flags, mode);
    }
    int allocate(int, off_t) override { return EOPNOTSUPP; }
  } full;
  const TempDir dir;
  put(dir.file("a"), "old");
  const ScopedSys scope(full);
  const auto message =
      message_of<IoError>([&] { write_file(dir.file("a"), std::string(777, 'x')); });
  EXPECT_TRUE(has(message, dir.file("a") + ": No space left on device (needs 777 bytes, "))
      << message;
  EXPECT_EQ(get(dir.file("a")), "old");
}

TEST(WriteFile, FileSizeLimitIsAnErrorNotASignal) {
  const TempDir dir;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_file(dir.file("a"), std::string(10000, 'x'));
    } catch (const IoError& error) {
      ::_exit(has(error.what(), "File too large") ? 0 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(count_hidden(dir.path(), ".tmp-"), 0);
}

TEST(WriteNewFile, NeverReplaces) {
  const TempDir dir;
  put(dir.file("a"), "old");
  const auto message =
      message_of<IoError>([&] { write_new_file(dir.file("a"), "new", true, "shown"); });
  EXPECT_TRUE(has(message, "cannot create shown: File exists")) << message;
  EXPECT_EQ(get(dir.file("a")), "old");
}

TEST(ReadFile, OpensRegularFilesOnly) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo(dir.file("fifo").c_str(), 0600), 0);
  const auto refusal = [](const std::string& path) {
    return message_of<DataError>([&] { read_file(path); });
  };
  EXPECT_TRUE(has(refusal(dir.file("fifo")), "it is a FIFO, expected a regular file"));
  EXPECT_TRUE(has(refusal(dir.path()), "it is a directory"));
  EXPECT_TRUE(has(refusal("/dev/zero"), "it is a device"));
  EXPECT_EQ(refusal(dir.file("none")),
            "cannot read " + dir.file("none") + ": No such file or directory");
}

TEST(ReadFile, FollowsALinkAndHoldsTheLimit) {
  const TempDir dir;
  put(dir.file("a"), std::string("with\0nul", 8));
  ASSERT_EQ(::symlink("a", dir.file("link").c_str()), 0);
  EXPECT_EQ(read_file(dir.file("link")), std::string("with\0nul", 8));
  EXPECT_EQ(read_file(dir.file("a"), 8).size(), 8u);
  EXPECT_EQ(message_of<DataError>([&] { read_file(dir.file("a"), 7); }),
            "cannot read " + dir.file("a") + ": 8 bytes, expected at most 7");
}

TEST(ReadFile, DeviceFailureHalfWayIsAnIoErrorAndLeaksNothing) {
  struct Broken : Sys {
    int turn = 0;
    ssize_t read(int fd, void* data, std::size_t size) override {
      if (turn++ == 0) return Sys::read(fd, data, std::min<std::size_t>(size, 100));
      errno = EIO;
      return -1;
    }
  } broken;
  const TempDir dir;
  put(dir.file("a"), std::string(1000, 'x'));
  const int before = open_descriptors();
  const ScopedSys scope(broken);
  EXPECT_EQ(message_of<IoError>([&] { read_file(dir.file("a")); }),
            "cannot read " + dir.file("a") + ": Input/output error");
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ReadFile, FileThatShrinksIsToldApartFromADamagedOne) {
  struct Shrinks : Sys {
    ssize_t read(int, void*, std::size_t) override { return 0; }
  } shrinks;
  const TempDir dir;
  put(dir.file("a"), "12345");
  const ScopedSys scope(shrinks);
  EXPECT_TRUE(
      has(message_of<DataError>([&] { read_file(dir.file("a")); }), "expected 5 bytes, found 0"));
}

TEST(MakeDirectories, MakesAndSyncsEveryMissingParent) {
  FaultSys counter;
  const TempDir dir;
  {
    const ScopedSys scope(counter);
    make_directories(dir.file("a/b//c/"));
    EXPECT_EQ(counter.calls(), 3 * 4);  // mkdir, open, fsync, close
    make_directories(dir.file("a/b"));
    EXPECT_EQ(counter.calls(), 3 * 4);
  }
  EXPECT_TRUE(std::filesystem::is_directory(dir.file("a/b/c")));
  put(dir.file("file"), "");
  EXPECT_TRUE(
      has(message_of<IoError>([&] { make_directories(dir.file("file")); }), "Not a directory"));
  EXPECT_TRUE(
      has(message_of<IoError>([&] { make_directories(dir.file("file/x")); }), "Not a directory"));
}

TEST(RemoveTree, RemovesLinksNotWhatTheyPointTo) {
  const TempDir dir;
  make_directories(dir.file("tree/sub"));
  put(dir.file("tree/sub/a"), "a");
  put(dir.file("kept"), "kept");
  ASSERT_EQ(::symlink(dir.file("kept").c_str(), dir.file("tree/link").c_str()), 0);
  ASSERT_EQ(::symlink(dir.path().c_str(), dir.file("tree/up").c_str()), 0);
  remove_tree(dir.file("tree"));
  remove_tree(dir.file("tree"));
  EXPECT_FALSE(std::filesystem::exists(dir.file("tree")));
  EXPECT_EQ(get(dir.file("kept")), "kept");
}

TEST(RemoveTemporaries, TouchesNothingElse) {
  const TempDir dir;
  put(dir.file(".tmp-run.json-1-2"), "");
  make_directories(dir.file(".tmp-step-00000001-77"));
  put(dir.file("run.json"), "");
  put(dir.file(".hidden"), "");
  remove_temporaries(dir.path());
  remove_temporaries(dir.file("missing"));
  EXPECT_EQ(count_hidden(dir.path(), ".tmp-"), 0);
  EXPECT_TRUE(std::filesystem::exists(dir.file("run.json")));
  EXPECT_TRUE(std::filesystem::exists(dir.file(".hidden")));
}

TEST(ThrowIoError, NamesEverything) {
  const auto message = message_of<IoError>(
      [] { throw_io_error("cannot write", "/tmp/no/such/file", ENOSPC, 104857600); });
  EXPECT_TRUE(has(
      message, "cannot write /tmp/no/such/file: No space left on device (needs 104857600 bytes, "))
      << message;
  EXPECT_TRUE(has(message, " free)")) << message;
  try {
    throw_io_error("cannot write", "x", EDQUOT);
  } catch (const IoError& error) {
    EXPECT_EQ(error.exit_code(), 74);
    EXPECT_TRUE(has(error.help(), "quota"));
  }
}

TEST(RequireSpace, RefusesMoreThanTheDiskHas) {
  const TempDir dir;
  EXPECT_NO_THROW(require_space(dir.file("not/yet"), 1, "shown"));
  const auto message = message_of<IoError>(
      [&] { require_space(dir.file("not/yet"), std::size_t{1} << 62, "shown"); });
  EXPECT_TRUE(
      has(message, "cannot write shown: No space left on device (needs 4611686018427387904 bytes"))
      << message;
}

TEST(Version, IsTheProjects) {
  const std::string cmake = get(std::string(ELBOW_SOURCE_DIR) + "/CMakeLists.txt");
  EXPECT_TRUE(has(cmake, "project(elbow VERSION " + std::string(kElbowVersion) + " "));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
