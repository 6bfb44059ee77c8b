// Every configuration that is shipped: trained on its stand-in and evaluated; those that stand for
// a kind of model are resumed too, and read by the other verbs. The families of configs/family
// differ in one component, which the conformance tests hold.
#include "cli/e2e_support.h"
#include "elbow/data/formats.h"

namespace elbow {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> shipped_configurations(bool of_families) {
  std::vector<std::string> out;
  const std::filesystem::path root = std::string(ELBOW_SOURCE_DIR) + "/configs";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.path().extension() == ".yaml" &&
        (entry.path().parent_path().filename() == "family") == of_families)
      out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::string stem_of(const ::testing::TestParamInfo<std::string>& test) {
  return std::filesystem::path(test.param).stem().string();
}

class Shipped : public test::EndToEnd, public ::testing::WithParamInterface<std::string> {
 protected:
  auto train_stand_in(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "train", GetParam(), "--stand-in", "--threads", "1", "--device", "cpu", "-q", "-o", name};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  Json evaluate(const std::string& name) {
    const auto eval = run({"eval", name, "--limit", "16", "--particles", "8"});
    EXPECT_EQ(eval.exit_code, 0) << eval.err;
    return Json::parse(test::read_text(folder_ / (name + "/eval/test.json")));
  }
};

class ShippedFamily : public Shipped {};

TEST_P(ShippedFamily, TrainsAndIsEvaluated) {
  const auto trained = train_stand_in("run", {"trainer.epochs=1"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_TRUE(evaluate("run").at("elbo").at("value").is_number());
}

INSTANTIATE_TEST_SUITE_P(All,
                         ShippedFamily,
                         ::testing::ValuesIn(shipped_configurations(/*of_families=*/true)),
                         stem_of);

class ShippedConfiguration : public Shipped {
 protected:
  auto train_two_epochs(const std::string& name, std::vector<std::string> more = {}) {
    more.push_back("trainer.epochs=2");
    return train_stand_in(name, more);
  }
};

TEST_P(ShippedConfiguration, TrainsGoesOnBitForBitAndIsReadByTheOtherVerbs) {
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

  const Json numbers = evaluate("parts");
  EXPECT_EQ(numbers.at("examples"), 16);
  EXPECT_TRUE(numbers.at("elbo").at("value").is_number());
  EXPECT_EQ(numbers.at("nll").at("particles"), 8);

  const auto sample = run({"sample", "parts", "-n", "4", "-o", "s.npy"});
  EXPECT_EQ(sample.out, "s.npy\n") << sample.err;
  EXPECT_EQ(data::read_npy(folder_ / "s.npy").shape.at(0), 4);
  const auto exported = run({"export", "parts"});
  if (test::read_text(folder_ / "parts/config.yaml").find("latent_size") == std::string::npos) {
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
                         ::testing::ValuesIn(shipped_configurations(/*of_families=*/false)),
                         stem_of);

}  // namespace
}  // namespace elbow
