#include "elbow/foundations/io/checkpoint_store.h"

#include <sys/stat.h>

#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/json_file.h"
#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

using Names = std::vector<std::string>;

TEST(CheckpointStore, SaveAndLoadGiveTheSameBytes) {
  const TempDir dir;
  CheckpointStore store(dir.file("runs/a/checkpoints"));
  EXPECT_TRUE(store.names().empty());
  EXPECT_EQ(store.save(12000, files_of(12000), {{"config_hash", "abc"}}, false), "step-00012000");
  for (const std::string which : {"latest", "step-12000", "step-00012000", "12000"}) {
    const auto loaded = store.load(which);
    EXPECT_EQ(loaded.name, "step-00012000");
    EXPECT_EQ(loaded.step, 12000);
    EXPECT_EQ(loaded.files, files_of(12000));
    EXPECT_TRUE(loaded.warnings.empty());
  }
  EXPECT_EQ(store.latest(), "step-00012000");
  EXPECT_EQ(store.best(), std::nullopt);
  EXPECT_EQ(count_hidden(store.directory(), "."), 0);
}

TEST(CheckpointStore, ManifestHoldsVersionsSizesAndSums) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  CheckpointFiles files = files_of(3);
  files["model.safetensors"] = random_bytes((std::size_t{2} << 20) + 5, 9);
  files["empty"] = "";
  store.save(3, files, {{"config_hash", "abc"}}, true);
  const std::string text = get(dir.file("step-00000003/manifest.json"));
  const Json manifest = read_json(dir.file("step-00000003/manifest.json"));
  EXPECT_EQ(manifest["format_version"], 1);
  EXPECT_TRUE(manifest["elbow_version"].is_string());
  EXPECT_EQ(manifest["step"], 3);
  EXPECT_EQ(manifest["config_hash"], "abc");
  EXPECT_EQ(manifest["files"].size(), files.size());
  const std::string& model = files["model.safetensors"];
  EXPECT_EQ(manifest["files"]["model.safetensors"]["size"], model.size());
  EXPECT_EQ(manifest["files"]["model.safetensors"]["sha256"], sha256_hex(model));
  const Json sums = manifest["files"]["model.safetensors"]["crc32c"];
  ASSERT_EQ(sums.size(), 3u);
  EXPECT_EQ(sums[1], crc32c(model.data() + (1 << 20), 1 << 20));
  EXPECT_EQ(sums[2], crc32c(model.data() + (2 << 20), 5));
  EXPECT_EQ(manifest["files"]["empty"]["crc32c"].size(), 0u);
  EXPECT_EQ(manifest["manifest_sha256"],
            sha256_hex(text.substr(0, text.rfind(",\n  \"manifest_sha256\""))));
  EXPECT_EQ(store.load("best").files, files);
}

TEST(CheckpointStore, NamesAreNumericAndShowNothingElse) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (const std::int64_t step : {100000000, 99999999, 2, 10})
    store.save(step, files_of(step), nullptr, false);
  for (const char* other : {".tmp-step-00000003-1",
                            ".trash-step-00000004-1",
                            ".stale-step-00000005-1",
                            "step-6",
                            "step-000000007",
                            "step-0000000x",
                            "step-",
                            "notes"}) {
    make_directories(dir.file(other));
  }
  put(dir.file("step-00000008"), "a file");
  EXPECT_EQ(store.names(),
            (Names{"step-00000002", "step-00000010", "step-99999999", "step-100000000"}));
  EXPECT_EQ(store.load("latest").step, 100000000);
}

TEST(CheckpointStore, CommitsInTheOrderOfTheProtocol) {
  /// Letters: m mkdir, f fsync of a file, M fsync of the manifest, t fsync of the temporary folder,
  /// R the commit, d fsync of checkpoints/, l latest, b best.
  struct Trace : Sys {
    std::string calls, directory;
    static std::string name_of(int fd) {
      return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)).string();
    }
    int fsync(int fd) override {
      const std::string name = name_of(fd);
      struct stat info = {};
      ::fstat(fd, &info);
      if (!S_ISDIR(info.st_mode)) calls += has(name, "manifest.json") ? 'M' : 'f';
      if (S_ISDIR(info.st_mode)) calls += name == directory ? 'd' : 't';
      return 0;
    }
    int mkdir(const char* path, mode_t mode) override {
      EXPECT_TRUE(has(path, "/.tmp-step-00000001-" + std::to_string(::getpid()))) << path;
      calls += 'm';
      return Sys::mkdir(path, mode);
    }
    int rename(const char* from, const char* to) override {
      const std::string target = std::filesystem::path(to).filename().string();
      calls += target == "latest" ? 'l' : target == "best" ? 'b' : 'R';
      return Sys::rename(from, to);
    }
  } trace;
  const TempDir dir;
  trace.directory = std::filesystem::canonical(dir.path()).string();
  const ScopedSys scope(trace);
  CheckpointStore(dir.path()).save(1, files_of(1), nullptr, true);
  EXPECT_EQ(trace.calls, "mfffffMtRdfldfbd");
}

TEST(CheckpointStore, ExistingStepIsNeverOverwritten) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  store.save(5, files_of(5), nullptr, false);
  const auto inode = [&] {
    struct stat info = {};
    EXPECT_EQ(::stat(dir.file("step-00000005/model.safetensors").c_str(), &info), 0);
    return info.st_ino;
  };
  const auto before = inode();
  // A second try after the pointers failed: the same weights, only the pointers move.
  std::filesystem::remove(dir.file("latest"));
  EXPECT_EQ(store.save(5, files_of(5), nullptr, true), "step-00000005");
  EXPECT_EQ(inode(), before);
  EXPECT_EQ(store.latest(), "step-00000005");
  EXPECT_EQ(store.best(), "step-00000005");
  EXPECT_THROW(store.save(5, files_of(6), nullptr, false), std::logic_error);
  EXPECT_EQ(store.load("5").files, files_of(5));
  put(dir.file("step-00000005/model.safetensors"), "damaged");
  EXPECT_TRUE(has(message_of<IoError>([&] { store.save(5, files_of(5), nullptr, false); }),
                  "model.safetensors"));
}

TEST(CheckpointStore, RefusesNamesThatAreNoPlainFiles) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  for (const std::string name :
       {"", ".hidden", "..", "a/b", "/etc/passwd", "a\\b", "manifest.json"}) {
    EXPECT_THROW(store.save(1, {{name, "x"}}, nullptr, false), std::logic_error) << name;
  }
  EXPECT_THROW(store.save(1, {{std::string("a\0b", 3), "x"}}, nullptr, false), std::logic_error);
  EXPECT_THROW(store.save(-1, files_of(1), nullptr, false), std::logic_error);
  EXPECT_THROW(store.save(1, files_of(1), {{"files", 1}}, false), std::logic_error);
  EXPECT_TRUE(store.names().empty());
}

TEST(CheckpointStore, UnknownRequestsSayWhatIsThere) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  EXPECT_TRUE(has(message_of<DataError>([&] { store.load("latest"); }), "no checkpoint"));
  EXPECT_TRUE(
      has(message_of<DataError>([&] { store.load("best"); }), "there is no best checkpoint"));
  store.save(7, files_of(7), nullptr, false);
  for (const std::string which :
       {"", "newest", "step-", "7x", "-7", "step--7", "99999999999999999999"}) {
    EXPECT_TRUE(has(message_of<DataError>([&] { store.load(which); }),
                    "expected best, latest, step-N or a number"));
  }
  try {
    store.load("8");
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), dir.file("step-00000008") + ": there is no such checkpoint");
    EXPECT_EQ(error.help(), "there are: step-00000007");
  }
}

TEST(CheckpointStore, DamagedPointersDoNotMatterForLoading) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  store.save(1, files_of(1), nullptr, true);
  store.save(2, files_of(2), nullptr, false);
  for (const std::string text : {"", "step-00000009\n", "../../etc", "step-00000001/..\n"}) {
    put(dir.file("latest"), text);
    put(dir.file("best"), text);
    EXPECT_EQ(store.load("latest").step, 2);
    EXPECT_EQ(store.latest(), std::nullopt);
    EXPECT_EQ(store.best(), std::nullopt);
  }
}

TEST(Sweep, RemovesWhatAKilledProcessLeft) {
  const TempDir dir;
  CheckpointStore store(dir.file("checkpoints"));
  store.sweep();
  store.save(1, files_of(1), nullptr, false);
  for (const char* name :
       {".tmp-step-00000002-99", ".trash-step-00000000-99", ".stale-step-00000003-99"}) {
    make_directories(store.directory() + "/" + name);
    put(store.directory() + "/" + name + "/model.safetensors", "half");
  }
  put(store.directory() + "/.tmp-latest-99-0", "step");
  store.sweep();
  EXPECT_EQ(count_hidden(store.directory(), "."), 0);
  EXPECT_EQ(store.load("latest").step, 1);
}

TEST(CheckpointStore, SaveRemovesAnOldTemporaryOfTheSameProcessId) {
  const TempDir dir;
  const std::string old = ".tmp-step-00000001-" + std::to_string(::getpid());
  make_directories(dir.file(old));
  put(dir.file(old + "/rng.safetensors"), "of a process before, with the same id");
  CheckpointStore store(dir.path());
  store.save(1, files_of(1), nullptr, false);
  EXPECT_EQ(store.load("latest").files, files_of(1));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
