// Closed-form inference from the command line: the same verbs, exit codes and promises.
#include "cli/e2e_support.h"
#include "elbow/data/sources/formats.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

class Classical : public test::EndToEnd {
 protected:
  std::string config(const std::string& name) const {
    return std::string(ELBOW_SOURCE_DIR) + "/configs/classical/" + name + ".yaml";
  }
  auto train(const std::string& name,
             const std::string& folder,
             const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{
        "train", config(name), "--stand-in", "--threads", "1", "-q", "-o", folder};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

TEST_F(Classical, AConvergedRunHasNothingLeftToDo) {
  const auto trained = train("mixture_em", "em");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const std::int64_t steps = run_json("em").at("step").get<std::int64_t>();
  EXPECT_LT(steps, 500);
  EXPECT_EQ(run_json("em").at("status"), "completed");
  const auto again = run({"resume", "em"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("nothing is left to do"));
  EXPECT_EQ(run_json("em").at("step").get<std::int64_t>(), steps);
}

TEST_F(Classical, EncodesResponsibilitiesThatAddUpToOne) {
  ASSERT_EQ(train("mixture_em", "em").exit_code, 0);
  folder_.write("x.csv", "a,b\n-1.2,-1.2\n0.7,0.7\n");
  const auto encoded = run({"encode", "em", "--input", "x.csv", "-o", "r.csv"});
  ASSERT_EQ(encoded.exit_code, 0) << encoded.err;
  const data::Table table = data::read_csv(folder_ / "r.csv");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"responsibility_0", "responsibility_1"}));
  ASSERT_EQ(table.rows, 2);
  for (int row = 0; row < 2; ++row)
    EXPECT_NEAR(table.values[2 * row] + table.values[2 * row + 1], 1.0, 1e-8);
  EXPECT_GT(std::abs(table.values[0] - table.values[2]), 0.9);
}

TEST_F(Classical, PredictsAResponseWithAndWithoutItsColumn) {
  ASSERT_EQ(train("regression_faithful", "lm").exit_code, 0);
  folder_.write("with.csv", "x,y\n0.5,0.1\n-0.5,0.2\n");
  folder_.write("without.csv", "x\n0.5\n-0.5\n");
  const auto with = run({"predict", "lm", "--input", "with.csv", "-o", "with_out.csv"}),
             without = run({"predict", "lm", "--input", "without.csv", "-o", "without_out.csv"});
  ASSERT_EQ(with.exit_code, 0) << with.err;
  ASSERT_EQ(without.exit_code, 0) << without.err;
  const data::Table a = data::read_csv(folder_ / "with_out.csv"),
                    b = data::read_csv(folder_ / "without_out.csv");
  EXPECT_EQ(a.columns.back(), "log_density");
  EXPECT_EQ(b.columns, (std::vector<std::string>{"mean", "standard_deviation", "lower", "upper"}));
  for (int i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(a.values[i], b.values[i]);
  // The normal of known noise: the interval is mean -+ 1.96 standard deviations.
  EXPECT_NEAR(b.values[3] - b.values[0], 1.959963985 * b.values[1], 1e-6);
  EXPECT_EQ(run({"predict", "lm", "--input", "with.csv", "-o", "p.csv", "--mass", "1.5"}).exit_code,
            2);
}

TEST_F(Classical, UserFilesAreStandardisedAsTheTrainingWas) {
  folder_.write("data.csv", "x,y\n10,100\n20,210\n30,290\n40,405\n50,500\n60,590\n");
  folder_.write("lm.yaml",
                "name: lm\ndtype: float64\n"
                "data: {type: table, path: data.csv, response: y, standardize: true}\n"
                "model: {type: linear_regression, noise: {type: known, precision: 1000}}\n"
                "inference: {type: conjugate}\ntrainer: {epochs: 5}\n");
  const auto trained = run({"train", "lm.yaml", "-q", "--threads", "1", "-o", "lm"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  folder_.write("new.csv", "x\n35\n");
  const auto predicted = run({"predict", "lm", "--input", "new.csv", "-o", "y.csv"});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
  const data::Table y = data::read_csv(folder_ / "y.csv");
  EXPECT_NEAR(y.values[0], 349.2, 2.0);  // in the units of the file
}

TEST_F(Classical, RefusesWhatDoesNotFitInWords) {
  const auto refused = [&](const std::vector<std::string>& more, const std::string& text) {
    std::vector<std::string> words{"validate", config("mixture_svi")};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 2) << text;
    EXPECT_THAT(result.err, HasSubstr(text));
  };
  refused({"inference.rho={type: robbins_monro, kappa: 0.4}"}, "Robbins and Monro");
  refused({"inference.rho={type: robbins_monro, kappa: 1.2}"}, "finite sum");
  refused({"inference.rho=1"}, "a step of 1 forgets all but the last minibatch");
  refused({"dtype=float32"}, "computes in float64");
  refused({"++optimizer.type=sgd"}, "derives its updates itself");
  refused({"++trainer.batch_size=64"}, "set inference.batch_size instead");
  refused({"inference={type: gradient}"}, "is fitted in closed form");
  refused({"++inference.flat_priors=true"}, "only point masses can do without a prior");
  refused({"++data={type: synthetic_hmm}"}, "takes examples of kind 'vector'");
  refused({"model={type: linear_regression}"}, "predicts one column from the others");
}

TEST_F(Classical, MoreClassesThanExamplesAreRefused) {
  const auto result = train("mixture_svi", "svi", {"model.num_components=700"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("more classes than the 600 training examples"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
