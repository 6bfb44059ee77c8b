// Tables with missing numbers through every verb, and what is said of gaps that nothing can fill.
#include "cli/e2e_support.h"
#include "elbow/data/sources/formats.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

class Impute : public test::EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    std::string rows = "a,b,c\n";
    for (int i = 0; i < 60; ++i) {
      const double a = i % 12, b = 2 * a + i % 3;
      rows += (i % 5 == 0 ? "NA" : std::to_string(a)) + "," + std::to_string(b) + "," +
              (i % 7 == 0 ? "NA" : std::to_string(100 - b)) + "\n";
    }
    folder_.write("train.csv", rows + "NA,NA,NA\n");
    folder_.write("run.yaml", R"(name: gaps
device: cpu
threads: 1
data: {type: table, path: train.csv, nan_markers: [NA], allow_nan: true, standardize: true, test_size: 12}
model: {latent_size: 2, likelihood: {type: normal, scale: shared, network: {type: mlp, hidden_sizes: [8]}}}
guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}}
optimizer: {type: adam, learning_rate: 0.01}
trainer: {epochs: 20, batch_size: 16}
)");
  }
  void train() {
    const auto trained = run({"train", "run.yaml", "-o", "r"});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
  }
  /// Several tables below each other.
  void check_draws() {
    const auto draws =
        run({"impute", "r", "--input", "new.csv", "--draws", "3", "-o", "d.csv", "--json"});
    ASSERT_EQ(draws.exit_code, 0) << draws.err;
    EXPECT_EQ(Json::parse(draws.out).at("rows_from_prior"), 1);
    const data::Table d = table("d.csv");
    EXPECT_EQ(d.rows, 9);
    EXPECT_THAT(d.columns, ::testing::ElementsAre("row", "imputation", "a", "b", "c"));
    EXPECT_EQ(d.values[3], 2.2999999999999998);
    EXPECT_NE(d.values[2], d.values[7]) << "each imputation is a draw of its own";
  }
  /// Files with gaps are read by all of them alike.
  void check_other_verbs() {
    const auto eval = run({"eval", "r", "--input", "new.csv", "--particles", "16"});
    EXPECT_EQ(eval.exit_code, 0) << eval.err;
    const auto exported = run({"export", "r"});
    EXPECT_EQ(exported.exit_code, 0) << exported.err;
    const Json model = Json::parse(test::read_text(folder_ / "r/export/model.json"));
    EXPECT_EQ(model.at("preprocessing").at("gaps").at("encoder_shape"), Json({6}));
  }
  data::Table table(const std::string& file) { return data::read_csv(folder_ / file); }
};

TEST_F(Impute, FillsWhatIsMissingAndLeavesTheRestAsItStands) {
  train();
  folder_.write("new.csv", "c,a,b\n0.1,NA,2.2999999999999998\nNA,NA,NA\n3,4,5\n");
  const auto planned = run({"impute", "r", "--input", "new.csv", "-o", "y.csv", "--dry-run"});
  EXPECT_THAT(planned.out, HasSubstr("would write y.csv"));
  const auto filled = run({"impute", "r", "--input", "new.csv", "-o", "y.csv"});
  ASSERT_EQ(filled.exit_code, 0) << filled.err;
  EXPECT_THAT(filled.out,
              HasSubstr("4 missing numbers in 2 of 3 rows, of which 1 with nothing observed are "
                        "imputed from the prior"));
  const data::Table y = table("y.csv");
  EXPECT_THAT(y.columns,
              ::testing::ElementsAre("a",
                                     "b",
                                     "c",
                                     "a.sd",
                                     "a.lower",
                                     "a.upper",
                                     "b.sd",
                                     "b.lower",
                                     "b.upper",
                                     "c.sd",
                                     "c.lower",
                                     "c.upper"));
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return y.values[static_cast<std::size_t>(row * y.cols + column)];
  };
  EXPECT_EQ(at(0, 1), 2.2999999999999998) << "observed cells come out as they are in the file";
  EXPECT_EQ(at(0, 2), 0.1);
  EXPECT_EQ(at(0, 6), 0) << "of what is known there is no spread";
  EXPECT_EQ(at(0, 7), at(0, 1));
  for (const std::int64_t row : {0, 1}) {
    EXPECT_GT(at(row, 3), 0);
    EXPECT_LT(at(row, 4), at(row, 0));
    EXPECT_LT(at(row, 0), at(row, 5));
  }
  EXPECT_EQ(at(2, 0), 4);
  check_draws();
  check_other_verbs();
  folder_.write("whole.csv", "a,b,c\n1,2,3\n");
  const auto whole = run({"impute", "r", "--input", "whole.csv", "-o", "w.csv"});
  EXPECT_THAT(whole.out, HasSubstr("no number of 1 rows is missing"));
  EXPECT_EQ(table("w.csv").values, (std::vector<double>{1, 2, 3}));
}

TEST_F(Impute, GapsThatNothingWasLearnedOfAreRefused) {
  folder_.write("whole.csv", "a,b,c\n1,2,3\n2,3,5\n3,3,3\n4,5,4\n");
  folder_.write("new.csv", "a,b,c\nNA,2,1\n");
  ASSERT_EQ(run({"train",
                 "run.yaml",
                 "-o",
                 "whole",
                 "data.path=whole.csv",
                 "data.test_size=1",
                 "trainer.epochs=1"})
                .exit_code,
            0);
  expect_refused({"impute", "whole", "--input", "new.csv", "-o", "y.csv"},
                 {"its training data had no gaps", "data.allow_nan=true"});
  expect_refused({"eval", "whole", "--input", "new.csv"},
                 {"new.csv:2: expected finite values", "the training data had no gaps"});
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
