// Bit rot: row R7 of the reliability table. Each case must be detected, name the file, and fall
// back to the one before.
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/io/json_file.h"
#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

constexpr std::int64_t kOld = 10, kNew = 20;

class BitRot : public ::testing::Test {
 protected:
  BitRot() : store(dir.path()) {
    store.save(kOld, files_of(kOld), nullptr, true);
    store.save(kNew, files_of(kNew), {{"config_hash", "0123"}}, false);
    for (const auto& entry : std::filesystem::directory_iterator(dir.file("step-00000020"))) {
      files[entry.path().filename().string()] = get(entry.path().string());
    }
  }

  std::string path(const std::string& name) const { return dir.file("step-00000020/" + name); }

  /// Puts damaged bytes in the place of a file, checks, and puts the right ones back.
  void expect_detected(const std::string& name,
                       const std::string& damaged,
                       const std::string& what) {
    ASSERT_NE(damaged, files.at(name)) << what;
    put(path(name), damaged);
    expect_named(name, what);
    put(path(name), files.at(name));
    ++cases;
  }

  void expect_named(const std::string& name, const std::string& what) {
    const auto loaded = store.load("latest");
    ASSERT_EQ(loaded.step, kOld) << what;
    ASSERT_EQ(loaded.files, files_of(kOld)) << what;
    ASSERT_EQ(loaded.warnings.size(), 1u) << what;
    ASSERT_TRUE(has(loaded.warnings[0], "step-00000020/" + name + ": "))
        << what << ": " << loaded.warnings[0];
    ASSERT_TRUE(has(loaded.warnings[0], "; using step-00000010"))
        << what << ": " << loaded.warnings[0];
    const auto message = message_of<DataError>([&] { store.load("20"); });
    ASSERT_TRUE(has(message, "step-00000020/" + name + ": ")) << what << ": " << message;
  }

  TempDir dir;
  CheckpointStore store;
  std::map<std::string, std::string> files;  ///< of the new checkpoint, with its manifest
  int cases = 0;
};

TEST_F(BitRot, TwoThousandDamagesAreAllDetected) {
  std::mt19937_64 generator(99);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(generator() % n); };
  for (const auto& [name, bytes] : files) {
    for (int i = 0; i < 80; ++i) {
      std::string flipped = bytes;
      flipped[below(bytes.size())] ^= static_cast<char>(1 << below(8));
      expect_detected(name, flipped, "a flipped bit");
      std::string hole = bytes;
      const std::size_t begin = below(bytes.size());
      std::fill(
          hole.begin() + static_cast<std::ptrdiff_t>(begin),
          hole.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), begin + 1 + below(64))),
          '\0');
      expect_detected(name, hole, "a zeroed hole");
      expect_detected(name, bytes + random_bytes(1 + below(9), generator()), "bytes at the end");
    }
    // Long files by every third length, to stay quick; short ones by each.
    for (std::size_t size = 0; size<bytes.size(); size += bytes.size()> 1000 ? 3 : 1) {
      expect_detected(name, bytes.substr(0, size), "a truncation");
      if (HasFatalFailure()) return;
    }
    for (const auto& [other, other_bytes] : files) {
      if (other != name) expect_detected(name, other_bytes, "swapped with " + other);
    }
    expect_detected(name, get(dir.file("step-00000010/" + name)), "the file of another step");
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(store.load("latest").step, kNew);
  EXPECT_GE(cases, 2000);
}

TEST_F(BitRot, EveryBitOfTheManifestCounts) {
  const std::string manifest = files.at("manifest.json");
  for (std::size_t at = 0; at < manifest.size(); ++at) {
    std::string damaged = manifest;
    damaged[at] ^= static_cast<char>(1 << (at % 8));
    expect_detected("manifest.json", damaged, "bit of byte " + std::to_string(at));
    if (HasFatalFailure()) return;
  }
}

TEST_F(BitRot, MissingFilesAndWholeFoldersOfAnotherStep) {
  for (const auto& [name, bytes] : files) {
    std::filesystem::remove(path(name));
    expect_named(name, "missing");
    make_directories(path(name));
    expect_named(name, "a folder in its place");
    std::filesystem::remove(path(name));
    put(path(name), bytes);
  }
  std::filesystem::copy(dir.file("step-00000010"), dir.file("step-00000030"));
  const auto loaded = store.load("latest");
  EXPECT_EQ(loaded.step, kNew);
  EXPECT_TRUE(has(loaded.warnings.at(0),
                  "step-00000030/manifest.json: it is of step 10, the folder of step 30"));
}

TEST_F(BitRot, BestAndANamedStepAreNeverReplacedByAnother) {
  put(dir.file("step-00000010/rng.safetensors"), "x");
  EXPECT_TRUE(
      has(message_of<DataError>([&] { store.load("best"); }), "step-00000010/rng.safetensors: "));
  EXPECT_TRUE(
      has(message_of<DataError>([&] { store.load("10"); }), "step-00000010/rng.safetensors: "));
}

TEST_F(BitRot, NoneWholeListsEveryDamage) {
  put(dir.file("step-00000010/rng.safetensors"), "x");
  put(path("state.json"), "{}");
  const auto message = message_of<DataError>([&] { store.load("latest"); });
  EXPECT_TRUE(has(message, "none of 2 checkpoints is whole")) << message;
  EXPECT_TRUE(has(message, "step-00000020/state.json: ")) << message;
  EXPECT_TRUE(has(message, "step-00000010/rng.safetensors: ")) << message;
}

TEST_F(BitRot, FailingDeviceIsToldApart) {
  struct Broken : Sys {
    ssize_t read(int, void*, std::size_t) override {
      errno = EIO;
      return -1;
    }
  } broken;
  const ScopedSys scope(broken);
  EXPECT_TRUE(has(message_of<IoError>([&] { store.load("latest"); }), "Input/output error"));
  EXPECT_TRUE(has(message_of<IoError>([&] { store.load("20"); }), "step-00000020/manifest.json"));
}

TEST_F(BitRot, ManifestOfALaterFormatSaysSo) {
  // Sealed rightly, so that only the format is the matter.
  std::string text = files.at("manifest.json");
  text.replace(text.find("\"format_version\": 1"), 19, "\"format_version\": 2");
  put(path("manifest.json"), text);
  EXPECT_TRUE(has(message_of<DataError>([&] { store.load("20"); }), "manifest.json: "));
}

TEST(BitRotRange, FirstBadMebibyteIsNamed) {
  const TempDir dir;
  CheckpointStore store(dir.path());
  const std::string model = random_bytes((std::size_t{4} << 20) + 100, 1);
  store.save(1, {{"model.safetensors", model}}, nullptr, false);
  const std::string path = dir.file("step-00000001/model.safetensors");
  const auto message = [&](const std::string& damaged) {
    put(path, damaged);
    return message_of<DataError>([&] { store.load("latest"); });
  };
  std::string bytes = model;
  bytes[(3 << 20) + 17] ^= 4;
  bytes[(4 << 20) + 17] ^= 4;
  EXPECT_TRUE(has(message(bytes),
                  path + ": SHA-256 differs from manifest (first bad range 3145728-4194303)"));
  bytes = model;
  bytes.back() ^= 1;
  EXPECT_TRUE(has(message(bytes), "(first bad range 4194304-4194403)"));
  EXPECT_TRUE(
      has(message(model.substr(0, 2000000)),
          path + ": 2000000 bytes, the manifest says 4194404 (first bad range 1048576-2097151)"));
  EXPECT_TRUE(has(message(model + "x"),
                  ": 4194405 bytes, the manifest says 4194404 (first bad range 4194404-4194404)"));
  EXPECT_TRUE(has(message(""), ": 0 bytes, the manifest says 4194404 (first bad range 0-1048575)"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
