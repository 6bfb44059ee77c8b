// Damaged runs and checkpoints through the program: found, named, passed over where an older one is
// whole.
#include "cli/e2e_support.h"
#include "elbow/foundations/io/safetensors.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DamagedRun : public test::EndToEnd {
 protected:
  /// Checkpoints of steps 0, 13 and 26; the last or the one before is best.
  void SetUp() override {
    EndToEnd::SetUp();
    if (!IsSkipped()) train("run");
  }
  std::string path(const std::string& step, const std::string& file) const {
    return "run/checkpoints/step-000000" + step + "/" + file;
  }
  void flip(const std::string& file, std::size_t from_end = 5) {
    std::string bytes = test::read_text(folder_ / file);
    bytes[bytes.size() - from_end] = static_cast<char>(bytes[bytes.size() - from_end] ^ 4);
    folder_.write(file, bytes);
  }
  void cut(const std::string& file) {
    const std::string bytes = test::read_text(folder_ / file);
    folder_.write(file, bytes.substr(0, bytes.size() / 2));
  }
  /// Replaces a file of the newest checkpoint by another whole one: its manifest fits.
  void commit_with(const std::string& file, const std::string& bytes) {
    auto all = store("run");
    auto loaded = all.load("latest");
    loaded.files[file] = bytes;
    all.save(loaded.step + 1, loaded.files, Json::object(), /*is_best=*/true);
  }
};

TEST_F(DamagedRun, AFlippedBitIsNamedAndTheCheckpointBeforeIsTaken) {
  const auto untouched = test::snapshot(folder_ / "run");
  flip(path("26", "model.safetensors"));
  const auto named = run({"eval", "run", "--checkpoint", "step-26", "--particles", "2"});
  EXPECT_EQ(named.exit_code, 2);
  EXPECT_THAT(named.err,
              AllOf(HasSubstr("step-00000026/model.safetensors"),
                    HasSubstr("SHA-256"),
                    HasSubstr("first bad range 0-")));
  test::expect_no_insides(named);
  const auto latest = run({"sample", "run", "--checkpoint", "latest", "-n", "1", "-o", "s.npy"});
  EXPECT_EQ(latest.exit_code, 0) << latest.err;
  EXPECT_THAT(latest.err,
              AllOf(HasSubstr("warning: "),
                    HasSubstr("step-00000026/model.safetensors"),
                    HasSubstr("using step-00000013")));
  const auto info = run({"info", "run"});
  EXPECT_EQ(info.exit_code, 2);
  EXPECT_THAT(info.out,
              AllOf(HasSubstr("step-00000026: damaged"), HasSubstr("step-00000013: verified")));
}

TEST_F(DamagedRun, AResumePassesOverWhatIsDamagedAndEndsWithTheSameBytes) {
  train("whole", {"trainer.epochs=3"});
  flip(path("26", "optimizer.safetensors"));
  const auto result = run({"resume", "run", "trainer.epochs=3"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("warning: "),
                    HasSubstr("optimizer.safetensors"),
                    HasSubstr("from step-00000013")));
  expect_same_end("whole", "run");
  EXPECT_EQ(test::timeless_records(folder_ / "whole"), test::timeless_records(folder_ / "run"));
}

TEST_F(DamagedRun, EveryKindOfDamageIsPassedOver) {
  const std::string newest = folder_ / "run/checkpoints/step-00000026", copy = folder_ / "copy";
  std::filesystem::copy(newest, copy, std::filesystem::copy_options::recursive);
  const std::vector<std::pair<std::string, std::function<void()>>> damages{
      {"manifest.json", [&] { std::filesystem::remove(newest + "/manifest.json"); }},
      {"manifest.json", [&] { cut(path("26", "manifest.json")); }},
      {"rng.safetensors", [&] { std::filesystem::remove(newest + "/rng.safetensors"); }},
      {"model.safetensors", [&] { cut(path("26", "model.safetensors")); }},
      {"state.json", [&] { flip(path("26", "state.json")); }},
      {"model.safetensors", [&] { folder_.write(path("26", "model.safetensors"), ""); }},
      {"manifest.json", [&] {
         std::filesystem::copy_file(folder_ / path("13", "manifest.json"),
                                    newest + "/manifest.json",
                                    std::filesystem::copy_options::overwrite_existing);
       }}};
  for (const auto& [file, damage] : damages) {
    damage();
    const auto result = run({"info", "run"});
    EXPECT_EQ(result.exit_code, 2) << file;
    EXPECT_THAT(result.out, HasSubstr("step-00000013: verified")) << file;
    EXPECT_THAT(result.out, HasSubstr(file));
    test::expect_no_insides(result);
    const auto loaded = store("run").load("latest");
    EXPECT_EQ(loaded.step, 13) << file;
    std::filesystem::remove_all(newest);
    std::filesystem::copy(copy, newest, std::filesystem::copy_options::recursive);
  }
}

TEST_F(DamagedRun, NothingWholeIsTwoAndNothingIsLost) {
  for (const auto& name : store("run").names())
    cut("run/checkpoints/" + name + "/model.safetensors");
  const auto before = test::snapshot(folder_ / "run");
  for (const char* verb : {"resume", "eval", "sample", "export"}) {
    const auto result = run({verb, "run"});
    EXPECT_EQ(result.exit_code, 2) << verb << result.err;
    EXPECT_THAT(result.err, HasSubstr("model.safetensors")) << verb;
    test::expect_no_insides(result);
  }
  EXPECT_EQ(test::snapshot(folder_ / "run"), before);
}

TEST_F(DamagedRun, WholeFilesWithAWrongContentAreRefused) {
  const std::string whole = newest("run");
  const io::Safetensors tensors = io::decode_safetensors(whole, "model.safetensors");
  auto renamed = tensors.tensors;
  renamed[0].name += "x";
  commit_with("model.safetensors", io::encode_safetensors(renamed));
  expect_refused({"eval", "run"}, {"step-00000027", "tensor '" + tensors.tensors[0].name});
  auto reshaped = tensors.tensors;
  reshaped[0].shape.push_back(1);
  commit_with("model.safetensors", io::encode_safetensors(reshaped));
  expect_refused({"eval", "run"}, {"step-00000028", "tensor '" + tensors.tensors[0].name});
  std::string huge = whole;
  huge[7] = '\x7f';
  commit_with("model.safetensors", huge);
  expect_refused({"eval", "run"}, {"step-00000029", "model.safetensors"});
  commit_with("model.safetensors", whole);
  EXPECT_EQ(run({"eval", "run", "--particles", "2"}).exit_code, 0);
  commit_with("state.json", "[]");
  expect_refused({"resume", "run", "trainer.epochs=3"}, {"step-00000031", "state.json"});
}

TEST_F(DamagedRun, PointersAreHintsOnly) {
  folder_.write("run/checkpoints/latest", "step-00009999\n");
  folder_.write("run/checkpoints/best", "../../elsewhere\n");
  const auto result = run({"eval", "run", "--particles", "2", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out).at("checkpoint"), "step-00000026");
}

TEST_F(DamagedRun, ARunWithoutItsFilesIsRefused) {
  const std::string config = test::read_text(folder_ / "run/config.yaml");
  const std::string status = test::read_text(folder_ / "run/run.json");
  folder_.write("run/config.yaml", "name: [");
  expect_refused({"eval", "run"}, {"run/config.yaml:1:"});
  expect_refused({"resume", "run"}, {"run/config.yaml:1:"});
  folder_.write("run/config.yaml", config);
  folder_.write("run/run.json", "{");
  expect_refused({"resume", "run", "trainer.epochs=3"}, {"run.json"});
  std::filesystem::remove(folder_ / "run/run.json");
  expect_refused({"eval", "run"}, {"run"});
  folder_.write("run/run.json", status);
  std::filesystem::remove_all(folder_ / "run/checkpoints");
  expect_refused({"eval", "run"}, {"no checkpoint", "elbow resume run"});
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
