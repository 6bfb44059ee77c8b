// Every configuration that is shipped: trained on its stand-in, read by the other verbs, resumed.
// The trainer is linked into this program, so that its 500 commands need not load LibTorch each.
#include "cli/e2e_support.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/data/sources/formats.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

bool is_of_points(const std::string& path) { return path.find("/particles/") != std::string::npos; }

std::vector<std::string> shipped_configurations(bool of_points) {
  std::vector<std::string> out;
  const std::filesystem::path root = std::string(ELBOW_SOURCE_DIR) + "/configs";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.path().extension() == ".yaml" && is_of_points(entry.path().string()) == of_points)
      out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

class ShippedConfiguration : public test::EndToEnd,
                             public ::testing::WithParamInterface<std::string> {
 protected:
  /// Overrides that make it short.
  virtual std::vector<std::string> length() const { return {"trainer.epochs=2"}; }
  /// A verb of the trainer.
  test::RunResult run(std::vector<std::string> words) {
    words.insert(words.begin(), "elbow");
    test::RunOptions options;
    options.directory = folder_.path();
    options.program = cli::trainer_main;
    return test::run(words, options);
  }
  auto train_two_epochs(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{
        "train", GetParam(), "--stand-in", "--threads", "1", "--device", "cpu", "-q", "-o", name};
    for (const std::string& key : length()) words.push_back(key);
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  /// What a model without encoder and decoder answers: examples where it has a density of them, and
  /// no export.
  void expect_verbs_without_a_decoder() {
    const auto sample = run({"sample", "parts", "-n", "4", "-o", "s.npy"});
    if (sample.exit_code == 0)
      EXPECT_EQ(data::read_npy(folder_ / "s.npy").shape.at(0), 4);
    else
      EXPECT_THAT(sample.err, HasSubstr("no draws of examples"));
    EXPECT_EQ(EndToEnd::run({"report", "parts"}).exit_code, 0);
    const auto exported = run({"export", "parts"});
    EXPECT_EQ(exported.exit_code, 2);
    EXPECT_THAT(exported.err, HasSubstr("has no encoder and no decoder"));
  }
};

TEST_P(ShippedConfiguration, TrainsGoesOnBitForBitAndIsReadByTheOtherVerbs) {
  EXPECT_EQ(EndToEnd::run({"validate", GetParam()}).exit_code, 0);
  const auto whole = train_two_epochs("whole");
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  // The time is over before the first step has ended.
  const auto stopped = train_two_epochs("parts", {"--max-time", "0.001s"});
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_EQ(run({"resume", "parts", "-q"}).exit_code, 0);
  expect_same_end("whole", "parts");
  const std::int64_t steps = run_json("parts").at("step").get<std::int64_t>();
  const auto further = run({"resume", "parts", "trainer.epochs=3", "-q"});
  EXPECT_EQ(further.exit_code, 0) << further.err;
  EXPECT_EQ(run_json("parts").at("status"), "completed");
  EXPECT_EQ(run_json("parts").at("step").get<std::int64_t>(), steps / 2 * 3);

  const std::string config = test::read_text(folder_ / "parts/config.yaml");
  const auto says = [&config](const char* words) {
    return config.find(words) != std::string::npos;
  };
  // Draws are for those that need some.
  const bool draws = !says("type: conjugate") && !says("type: density");
  std::vector<std::string> words{"eval", "parts", "--limit", "16"};
  if (draws) words.insert(words.end(), {"--particles", "8"});
  const auto eval = run(words);
  EXPECT_EQ(eval.exit_code, 0) << eval.err;
  const std::string name = draws ? "test-limit-16-k-8" : "test-limit-16";
  const Json numbers = Json::parse(test::read_text(folder_ / ("parts/eval/" + name + ".json")));
  EXPECT_EQ(numbers.at("examples"), 16);
  const bool is_dropout = says("type: dropout_regression");
  // Every objective, estimator and kind of latents is in one of these.
  for (const char* folder : {"/objective/", "/regression/", "/flow/"})
    if (GetParam().find(folder) != std::string::npos && !says("type: density")) {
      const auto diagnosed = run({"diagnose",
                                  "parts",
                                  "--draws",
                                  "6",
                                  "--reference-draws",
                                  "12",
                                  "--batch-size",
                                  "8",
                                  "--num-particles",
                                  "2",
                                  "--limit",
                                  "32",
                                  "--particles",
                                  "100"});
      EXPECT_EQ(diagnosed.exit_code, 0) << diagnosed.err;
      EXPECT_THAT(diagnosed.out, HasSubstr("SNR"));
    }
  EXPECT_TRUE(numbers.at(is_dropout ? "rmse" : "elbo").at("value").is_number());
  if (says("type: conjugate") || is_dropout || says("type: network_regression")) {
    expect_verbs_without_a_decoder();
    return;
  }
  if (draws) {
    EXPECT_EQ(numbers.at("nll").at("particles"), 8);
  }

  const auto sample = run({"sample", "parts", "-n", "4", "-o", "s.npy"});
  EXPECT_EQ(sample.out, "s.npy\n") << sample.err;
  EXPECT_EQ(data::read_npy(folder_ / "s.npy").shape.at(0), 4);
  const auto exported = run({"export", "parts"});
  if (!says("latent_size") && !says("latents:")) {
    EXPECT_EQ(exported.exit_code, 2);
    EXPECT_THAT(exported.err, HasSubstr("has no encoder and no decoder"));
    return;
  }
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  for (const char* file : {"encoder.pt", "decoder.pt", "model.safetensors", "model.json"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / (std::string("parts/export/") + file))) << file;
  EXPECT_THAT(exported.out, HasSubstr("batch 1, 2, 7, 257"));
}

INSTANTIATE_TEST_SUITE_P(All,
                         ShippedConfiguration,
                         ::testing::ValuesIn(shipped_configurations(/*of_points=*/false)),
                         [](const auto& one) {
                           return std::filesystem::path(one.param).stem().string();
                         });

/// Particles and chains have other verbs, and chains another length.
class ShippedPoints : public ShippedConfiguration {
 protected:
  bool are_chains() const { return GetParam().find("/hmc_") != std::string::npos; }
  std::vector<std::string> length() const override {
    if (!are_chains()) return ShippedConfiguration::length();
    return {"inference.num_warmup=40", "inference.num_draws=10"};
  }
};

TEST_P(ShippedPoints, AreFittedGoOnBitForBitAndAreSummarised) {
  EXPECT_EQ(EndToEnd::run({"validate", GetParam()}).exit_code, 0);
  const auto whole = train_two_epochs("whole");
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_EQ(train_two_epochs("parts", {"--max-time", "0.001s"}).exit_code, 75);
  EXPECT_EQ(run({"resume", "parts", "-q"}).exit_code, 0);
  expect_same_end("whole", "parts");
  EXPECT_EQ(run_json("parts").at("status"), "completed");
  EXPECT_EQ(run({"eval", "parts"}).exit_code, 0);
  const auto refused = EndToEnd::run({"eval", "parts", "--particles", "8"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("evaluated with all of its points"));
  const auto summary = run({"summary", "parts", "-o", "summary.csv"});
  EXPECT_EQ(summary.exit_code, 0) << summary.err;
  EXPECT_THAT(test::read_text(folder_ / "summary.csv"), HasSubstr("name,mean,mcse,sd,q5"));
  const auto sample = run({"sample", "parts", "--posterior", "-o", "draws.csv"});
  EXPECT_EQ(sample.exit_code, 0) << sample.err;
  const std::string csv = test::read_text(folder_ / (are_chains() ? "draws_4.csv" : "draws.csv"));
  EXPECT_THAT(csv, HasSubstr("\nlp__,"));
  const auto compared = run({"compare", "whole", "parts", "--posterior", "--json"});
  EXPECT_EQ(compared.exit_code, 0) << compared.err;
  const Json comparison = Json::parse(compared.out);
  for (const Json& one : comparison.at("comparisons").at(0).at("quantities")) {
    EXPECT_EQ(one.at("shift"), 0);
    EXPECT_EQ(one.at("wasserstein"), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         ShippedPoints,
                         ::testing::ValuesIn(shipped_configurations(/*of_points=*/true)),
                         [](const auto& one) {
                           return std::filesystem::path(one.param).stem().string();
                         });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
