// A bound that is not finite never reaches the weights; the policy ends with 86 and a report.
#include <cmath>

#include "cli/e2e_support.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/safetensors.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kRows = 24, kColumns = 3;
constexpr float kTooLarge = 1e30f;

class NotFinite : public test::EndToEnd {
 protected:
  /// A table in whose bad rows one number is finite, but its square is not in float32; and a
  /// configuration for it.
  void write_data(const std::vector<std::int64_t>& bad_rows) {
    data::Array array;
    array.element = data::Element::f32;
    array.shape = {kRows, kColumns};
    array.bytes.resize(kRows * kColumns * sizeof(float));
    for (std::int64_t i = 0; i < kRows * kColumns; ++i)
      array.as<float>()[i] = std::sin(static_cast<float>(i));
    for (const auto row : bad_rows) array.as<float>()[row * kColumns + 1] = kTooLarge;
    folder_.write("data.npy", data::encode_npy(array));
    folder_.write("nan.yaml", R"(name: nan
device: cpu
threads: 1
data: {type: table, path: data.npy}
model: {latent_size: 2, likelihood: {type: normal, output_bias: zero, network: {type: mlp, hidden_sizes: [4]}}}
guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [4]}}}
trainer: {epochs: 200, batch_size: 4, log_every_steps: 3}
)");
  }
  test::RunResult fit(const std::string& policy) {
    return run({"train", "nan.yaml", "-o", "run", "trainer.nan_policy=" + policy});
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> out;
    const Json status = run_json("run");
    for (const auto& event : status.at("nan_events")) out.push_back(event.at("action"));
    return out;
  }
  void expect_finite_checkpoints() const {
    const auto names = store("run").names();
    EXPECT_FALSE(names.empty());
    for (const auto& name : names) {
      const auto loaded = store("run").load(name);
      for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
        const auto tensors = io::decode_safetensors(loaded.files.at(file), file);
        for (const auto& tensor : tensors.tensors)
          EXPECT_FALSE(io::first_non_finite(tensor).has_value()) << name << " " << tensor.name;
      }
    }
  }
};

std::vector<std::int64_t> every_row() {
  std::vector<std::int64_t> out;
  for (std::int64_t row = 0; row < kRows; ++row) out.push_back(row);
  return out;
}

TEST_F(NotFinite, RollbackSkipsThreeTimesGoesBackTwiceAndGivesUpWithAReport) {
  write_data(every_row());
  const auto result = fit("rollback");
  EXPECT_EQ(result.exit_code, 86) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("not finite"), HasSubstr("see run/nan_report.json")));
  EXPECT_EQ(actions(),
            (std::vector<std::string>{"skip",
                                      "skip",
                                      "skip",
                                      "rollback",
                                      "skip",
                                      "skip",
                                      "skip",
                                      "rollback",
                                      "skip",
                                      "skip",
                                      "skip",
                                      "give_up"}));
  EXPECT_EQ(run_json("run").at("status"), "numerical_failure");
  const Json report = Json::parse(test::read_text(folder_ / "run/nan_report.json"));
  EXPECT_GE(report.at("step").get<int>(), 1);
  EXPECT_EQ(report.at("batch_indices").size(), 4u);
  EXPECT_THAT(report.at("non_finite").at("first").get<std::string>(), HasSubstr("log_prob"));
  EXPECT_EQ(report.at("rollbacks"), 2);
  expect_finite_checkpoints();
  test::expect_no_insides(result);
}

TEST_F(NotFinite, SkipGivesUpAtTheFourthInARowAndStopAtTheFirst) {
  write_data(every_row());
  EXPECT_EQ(fit("skip").exit_code, 86);
  EXPECT_EQ(actions(), (std::vector<std::string>{"skip", "skip", "skip", "give_up"}));
  expect_finite_checkpoints();
  std::filesystem::remove_all(folder_ / "run");
  EXPECT_EQ(fit("stop").exit_code, 86);
  EXPECT_EQ(actions(), std::vector<std::string>{"give_up"});
  expect_finite_checkpoints();
}

TEST_F(NotFinite, OneBadRowIsSkippedNamedAndNeverReachesTheWeights) {
  write_data({5});
  const auto result = run({"train", "nan.yaml", "-o", "run", "trainer.epochs=4"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(actions(), std::vector<std::string>(4, "skip"));
  EXPECT_EQ(run_json("run").at("status"), "completed");
  expect_finite_checkpoints();
  EXPECT_EQ(run({"train", "nan.yaml", "-o", "other", "trainer.nan_policy=stop"}).exit_code, 86);
  const Json report = Json::parse(test::read_text(folder_ / "other/nan_report.json"));
  EXPECT_THAT(report.at("batch_indices").get<std::vector<int>>(), ::testing::Contains(5));
}

TEST_F(NotFinite, GapsAreRefusedAndSoIsAllowingThemWhereTheModelCannotTakeThem) {
  write_data({});
  folder_.write("gaps.csv", "a,b,c\n1,2,nan\n3,4,5\n");
  expect_refused({"train", "nan.yaml", "-o", "run", "data.path=gaps.csv"},
                 {"gaps.csv:2", "found 1 that are NaN or infinite", "column 3 (c)"});
  for (const char* verb : {"train", "validate"})
    expect_refused({verb,
                    "nan.yaml",
                    "data.path=gaps.csv",
                    "++data.allow_nan=true",
                    "++model={type: density, density: {type: flow, flows: [{type: maf}]}}",
                    "~guide"},
                   {"data.allow_nan", "'density' needs every value", "remove data.allow_nan"});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
