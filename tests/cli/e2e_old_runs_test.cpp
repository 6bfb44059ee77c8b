// Runs that an earlier elbow made (scripts/make_old_runs) are read, evaluated and resumed as it
// did.
#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

namespace fs = std::filesystem;

fs::path old_runs() { return fs::path(ELBOW_SOURCE_DIR) / "tests/golden/old_runs"; }

std::vector<std::string> kinds() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(old_runs()))
    if (entry.path().extension() == ".yaml") out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

/// Everything that stood in an old result stands in the new one, which may say more.
void expect_holds(const Json& now, const Json& old, double tolerance, const std::string& where) {
  if (old.is_object()) {
    for (const auto& [key, value] : old.items()) {
      ASSERT_TRUE(now.contains(key)) << where << "." << key;
      expect_holds(now.at(key), value, tolerance, where + "." + key);
    }
  } else if (old.is_array()) {
    ASSERT_EQ(now.size(), old.size()) << where;
    for (std::size_t i = 0; i < old.size(); ++i)
      expect_holds(now[i], old[i], tolerance, where + "[" + std::to_string(i) + "]");
  } else if (old.is_number_float()) {
    ASSERT_TRUE(now.is_number()) << where << ": " << now;
    EXPECT_NEAR(now.get<double>(),
                old.get<double>(),
                tolerance * std::max(1.0, std::abs(old.get<double>())))
        << where;
  } else {
    EXPECT_EQ(now, old) << where;
  }
}

class OldRuns : public test::EndToEnd, public ::testing::WithParamInterface<std::string> {
 protected:
  Json evaluation() {
    fs::remove_all(folder_ / "r/eval");
    std::vector<std::string> words{"eval", "r", "-q"};
    words.insert(words.end(), flags_.begin(), flags_.end());
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    if (result.exit_code != 0) return {};
    for (const auto& entry : fs::directory_iterator(folder_ / "r/eval"))
      return Json::parse(test::read_text(entry.path().string()));
    return {};
  }

  std::vector<std::string> flags_;
};

TEST_P(OldRuns, AreEvaluatedAndResumedAsTheyWere) {
  const fs::path source = old_runs() / GetParam();
  const Json expected = Json::parse(test::read_text(source.string() + ".expected.json"));
  const std::string config = test::read_text((source / "config.yaml").string());
  flags_ = expected.at("flags").get<std::vector<std::string>>();
  // Sums in another order on another processor, of the seven digits that float32 has.
  const double tolerance = config.find("dtype: float32") != std::string::npos ? 1e-5 : 1e-6;
  fs::copy(source, folder_ / "r", fs::copy_options::recursive);
  for (const auto& entry : fs::directory_iterator(old_runs()))
    if (entry.path().extension() == ".csv") fs::copy(entry.path(), folder_.path());
  expect_holds(evaluation(), expected.at("first"), tolerance, "first");

  const int epochs = run_json("r").at("epoch").get<int>() + 2;
  const auto result = run({"resume", "r", "-q", "trainer.epochs=" + std::to_string(epochs)});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_holds(evaluation(), expected.at("resumed"), tolerance, "resumed");
}

INSTANTIATE_TEST_SUITE_P(All, OldRuns, ::testing::ValuesIn(kinds()), [](const auto& kind) {
  return kind.param;
});

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
