// Every configuration that is shipped: trained on its stand-in, read by the other verbs, resumed.
#include "cli/e2e_support.h"

namespace elbow {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> shipped_configurations() {
  std::vector<std::string> out;
  const std::filesystem::path root = std::string(ELBOW_SOURCE_DIR) + "/configs";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.path().extension() == ".yaml") out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

class ShippedConfiguration : public test::EndToEnd,
                             public ::testing::WithParamInterface<std::string> {};

TEST_P(ShippedConfiguration, TrainsIsReadByTheOtherVerbsAndGoesOnBitForBit) {
  const std::vector<std::string> common{"--stand-in", "--threads", "1", "--device", "cpu", "-q"};
  const auto fit = [&](std::vector<std::string> words) {
    if (words[0] == "train") words.insert(words.end(), common.begin(), common.end());
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 0) << words[0] << ": " << result.err;
  };
  fit({"train", GetParam(), "trainer.epochs=2", "-o", "whole"});
  fit({"train", GetParam(), "trainer.epochs=1", "-o", "parts"});
  fit({"resume", "parts", "trainer.epochs=2", "-q"});
  expect_same_end("whole", "parts");
  EXPECT_EQ(run_json("parts").at("status"), "completed");

  const auto eval = run({"eval", "parts", "--limit", "16", "--particles", "8"});
  EXPECT_EQ(eval.exit_code, 0) << eval.err;
  const Json numbers = Json::parse(test::read_text(folder_ / "parts/eval/test.json"));
  EXPECT_EQ(numbers.at("examples"), 16);
  EXPECT_GE(-numbers.at("elbo").at("value").get<double>(), 0.0);
  EXPECT_EQ(numbers.at("nll").at("particles"), 8);
  EXPECT_EQ(numbers.at("stand_in"), true);

  const auto sample = run({"sample", "parts", "-n", "4", "-o", "s.png"});
  EXPECT_EQ(sample.out, "s.png\n") << sample.err;
  EXPECT_EQ(test::read_text(folder_ / "s.png").substr(1, 3), "PNG");
  const auto exported = run({"export", "parts"});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  for (const char* file : {"encoder.pt", "decoder.pt", "model.safetensors", "model.json"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / (std::string("parts/export/") + file))) << file;
  EXPECT_THAT(exported.out, HasSubstr("batch 1, 2, 7, 257"));
}

INSTANTIATE_TEST_SUITE_P(All,
                         ShippedConfiguration,
                         ::testing::ValuesIn(shipped_configurations()),
                         [](const auto& one) {
                           return std::filesystem::path(one.param).stem().string();
                         });

}  // namespace
}  // namespace elbow
