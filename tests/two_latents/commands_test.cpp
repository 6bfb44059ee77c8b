// The same through whole commands: the trainer's own main, with two rows more.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/trainer/verbs_trainer.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/io/sys.h"
#include "support/run_command.h"
#include "support/tiny_experiment.h"
#include "two_latents/two_level_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

class TwoLatentsCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(folder_.path());
    io::write_file("two.yaml", testing::kTwoLevelRun);
  }
  void TearDown() override { std::filesystem::current_path(before_); }

  static test::RunResult run(std::vector<std::string> words) {
    words.insert(words.begin(), "elbow");
    test::RunOptions options;
    options.program = cli::trainer_main;
    return test::run(words, options);
  }
  static void expect_done(const std::vector<std::string>& words) {
    const test::RunResult answer = run(words);
    EXPECT_EQ(answer.exit_code, 0) << words.front() << ": " << answer.err;
  }
  static Json json_of(const std::string& file) { return Json::parse(io::read_file(file)); }

 private:
  const testing::TemporaryFolder folder_;
  std::filesystem::path before_;
};

TEST_F(TwoLatentsCommands, EveryVerbAnswers) {
  expect_done({"train", "two.yaml", "-o", "whole", "trainer.epochs=6", "-q"});
  expect_done({"train", "two.yaml", "-o", "parts", "trainer.epochs=3", "-q"});
  expect_done({"resume", "parts", "trainer.epochs=6", "-q"});
  const auto weights = [](const std::string& name) {
    return io::CheckpointStore(name + "/checkpoints").load("latest").file("model.safetensors");
  };
  EXPECT_TRUE(weights("whole") == weights("parts"));

  expect_done({"eval", "parts", "--particles", "64"});
  const Json numbers = json_of("parts/eval/test-k-64.json");
  EXPECT_LT(numbers.at("elbo").at("value"), -numbers.at("nll").at("value").get<double>());
  EXPECT_TRUE(numbers.at("latents").at("z2").contains("active_units"));

  expect_done({"sample", "parts", "-n", "7", "-o", "drawn.npy"});
  EXPECT_EQ(data::read_npy("drawn.npy").shape, (std::vector<std::int64_t>{7, 5}));
  expect_done({"encode", "parts", "--input", "drawn.npy", "-o", "codes.csv"});
  EXPECT_THAT(io::read_file("codes.csv").substr(0, 80), HasSubstr("z2_mean"));
  const test::RunResult diagnosed = run({"diagnose",
                                         "parts",
                                         "--draws",
                                         "6",
                                         "--reference-draws",
                                         "12",
                                         "--particles",
                                         "50",
                                         "--num-particles",
                                         "1"});
  EXPECT_EQ(diagnosed.exit_code, 0) << diagnosed.err;
  EXPECT_THAT(diagnosed.out, HasSubstr("SNR"));
  EXPECT_TRUE(std::filesystem::exists("parts/diagnosis/diagnosis.json"));
}

TEST_F(TwoLatentsCommands, PicturesAreReconstructed) {
  const std::string images =
      "data={type: synthetic_images, height: 8, width: 8, count: 200, validation_size: 30, "
      "test_size: 40, binarize: none}";
  expect_done({"train", "two.yaml", "-o", "run", "trainer.epochs=2", images, "-q"});
  const test::RunResult drawn = run({"reconstruct", "run", "-n", "6"});
  EXPECT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(drawn.out, "run/images/reconstructions.png\n");
  EXPECT_EQ(io::read_file("run/images/reconstructions.png").substr(1, 3), "PNG");
  expect_done({"sample", "run", "-n", "4"});
}

// Importance weights from the files alone come to what `elbow eval` says: the two are means of
// other draws, 500 for each of 60 examples, and each is off by less than 0.01 in one of 10,000.
TEST_F(TwoLatentsCommands, ExportedFilesComeToTheNumbersOfEval) {
  expect_done({"train", "two.yaml", "-o", "run", "-q"});
  expect_done({"eval", "run", "--particles", "500"});
  expect_done({"export", "run"});
  const Json about = json_of("run/export/model.json");
  EXPECT_EQ(about.at("latents").at(1).at("name"), "z1");
  EXPECT_EQ(about.at("encoder").at("forward").at(0), "z2_mean");

  const at::NoGradGuard no_grad;
  auto encoder = torch::jit::load("run/export/encoder.pt"),
       decoder = torch::jit::load("run/export/decoder.pt");
  const Tensor x = load_run("run", {}).load_data()->batch("test", row_range(0, 60), 0).x;
  const auto drawn = encoder.get_method("sample")({x, 500}).toTuple()->elements();
  const Tensor z2 = drawn.at(0).toTensor(), z1 = drawn.at(1).toTensor();
  ASSERT_EQ(z2.sizes(), (at::IntArrayRef{500, 60, 2}));
  const Tensor flat2 = z2.flatten(0, 1), flat1 = z1.flatten(0, 1), rows = x.repeat({500, 1});
  const Tensor log_q = encoder.get_method("log_prob")({rows, flat2, flat1}).toTensor();
  EXPECT_TRUE(at::allclose(log_q.view({500, 60}), drawn.at(2).toTensor(), 1e-9, 1e-9));
  const Tensor log_weights =
      (decoder.get_method("log_likelihood")({rows, flat2, flat1}).toTensor() +
       decoder.get_method("log_prior")({flat2, flat1}).toTensor() - log_q)
          .view({500, 60});
  const Json numbers = json_of("run/eval/test-k-500.json");
  EXPECT_NEAR(log_weights.mean().item<double>(), numbers.at("elbo").at("value"), 0.02);
  EXPECT_NEAR((log_weights.logsumexp(0) - std::log(500.0)).mean().item<double>(),
              -numbers.at("nll").at("value").get<double>(),
              0.01);

  const auto all = decoder.get_method("sample")({11}).toTuple()->elements();
  EXPECT_EQ(all.at(2).toTensor().sizes(), (at::IntArrayRef{11, 5}));
  const Tensor mean = decoder.forward({all.at(0), all.at(1)}).toTensor();
  EXPECT_EQ(mean.sizes(), (at::IntArrayRef{11, 5}));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
