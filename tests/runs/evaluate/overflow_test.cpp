// Numbers so large that densities overflow have no ELBO and no NLL, and it is said why. Old code
// said "impossible", "-nan", or nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/models/conjugate/conjugate_model.h"
#include "runs/evaluate/user_input_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using testing::data_error_of;
using testing::Fitted;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_of;
using testing::TemporaryFolder;

constexpr char kRows[] = "a,b\n0.5,1\n1,2.5\n2,3\n3,3.5\n1.5,2\n0,1.5\n2.5,4\n1,0.5\n";
const std::string kConjugate = ", inference: {type: conjugate}, trainer: {epochs: 3}";
const std::string kFewSteps = ", trainer: {epochs: 1, batch_size: 8}";

/// A run on kRows, and files beside them.
class Overflow : public ::testing::Test {
 protected:
  Fitted trained(const std::string& model,
                 const std::string& keys = "",
                 const std::string& dtype = "float64",
                 const std::string& type = "table") {
    return run_of(
        "data: {type: " + type + ", path: " + write("t.csv", kRows) + keys + "}, " + model,
        /*steps=*/3,
        dtype);
  }
  std::string write(const std::string& name, const std::string& text) {
    io::write_file(folder_.path() + "/" + name, text);
    return folder_.path() + "/" + name;
  }
  Evaluation evaluation_of(Fitted& run, const std::string& file) {
    EvaluationOptions options;
    options.input = file;
    options.importance.particles = 30;
    return evaluate_run(run.run, options);
  }

  TemporaryFolder folder_;
};

void expect_explained(const Evaluation& found, const std::string& dtype, const std::string& what) {
  const Json summary = Json::parse(found.summary.dump());
  ASSERT_TRUE(summary.contains("undefined")) << what << summary;
  EXPECT_EQ(summary.at("undefined").at("examples"), 1) << what;
  EXPECT_THAT(summary.at("undefined").at("reason").get<std::string>(),
              AllOf(HasSubstr("overflow " + dtype), HasSubstr("new.csv:3)")))
      << what;
  for (const char* quantity : {"elbo", "nll"}) {
    if (!summary.contains(quantity)) continue;
    EXPECT_TRUE(summary.at(quantity).at("value").is_null()) << what << summary;
    EXPECT_FALSE(summary.at(quantity).contains("impossible")) << what;
    for (const char* error : {"standard_error", "monte_carlo_error"})
      EXPECT_TRUE(summary.at(quantity).value(error, Json()).is_null()) << what << quantity << error;
  }
  EXPECT_THAT(per_example_csv(found),
              AllOf(HasSubstr("undefined"), Not(HasSubstr("nan")), Not(HasSubstr("inf"))))
      << what;
}

struct OverflowCase {
  std::string model, keys, large;
  const char* dtype = "float64";
};

TEST_F(Overflow, IsUndefinedWithItsReasonInEveryModel) {
  const std::string mlp = "network: {type: mlp, hidden_sizes: [3]}", y = ", response: b";
  const auto mixture = [](const std::string& component) {
    return "model: {type: mixture, num_components: 2, component: {type: " + component +
           "}, start: random_responsibilities}" + kConjugate;
  };
  const std::vector<OverflowCase> cases{
      {mixture("normal_full"), "", "1e200"},
      {mixture("normal_diagonal"), "", "1e200"},
      {mixture("normal_unit"), "", "1e200"},
      {mixture("normal_full"), ", standardize: true", "1e200"},
      {"model: {type: factor_analysis, num_factors: 1}" + kConjugate, "", "1e200"},
      {"model: {type: linear_regression}" + kConjugate, y, "1e200"},
      {"model: {type: density, density: {type: diag_normal}}" + kFewSteps, "", "1e30", "float32"},
      {"model: {latent_size: 1, likelihood: {type: normal, " + mlp +
           "}}, guide: {posterior: {type: diag_normal, " + mlp + "}}" + kFewSteps,
       "",
       "1e30",
       "float32"},
      {"model: {type: network_regression, hidden_sizes: [3]}, guide: {posterior: {type: "
       "diag_normal}}" +
           kFewSteps,
       y,
       "1e30",
       "float32"}};
  for (const OverflowCase& one : cases) {
    Fitted run = trained(one.model, one.keys, one.dtype);
    const std::string file = write("new.csv", "a,b\n1,2\n2," + one.large + "\n2,3\n");
    expect_explained(evaluation_of(run, file), one.dtype, one.model);
  }
}

// An HMM said that such a sequence is impossible.
TEST_F(Overflow, OfASequenceIsNoImpossibility) {
  Fitted run = trained(
      "model: {type: hidden_markov, num_states: 2}, inference: {type: conjugate, "
      "point_mass: [all]}, trainer: {epochs: 3}",
      ", sequence_length: 1",
      "float64",
      "sequences");
  const std::string file = write("new.csv", "a,b\n1,2\n2,1e200\n2,3\n");
  expect_explained(evaluation_of(run, file), "float64", "hidden_markov");
  const auto dataset = run.run.load_input(file);
  for (const auto& [name, value] : run.run.modules.conjugate->encode(
           dataset->batch("input", {0, 1, 2}, /*epoch=*/0).x, run.run.modules.globals())) {
    EXPECT_TRUE(value[1].isnan().all().item<bool>()) << name;
    EXPECT_TRUE(value[0].isfinite().all().item<bool>()) << name;
    EXPECT_TRUE(value[2].isfinite().all().item<bool>()) << name;
  }
}

// Responsibilities were all 0.
TEST_F(Overflow, LeavesNoResponsibilities) {
  Fitted run = trained("model: {type: mixture, num_components: 2}" + kConjugate);
  const auto dataset = run.run.load_input(write("new.csv", "a,b\n1,2\n2,1e200\n2,3\n"));
  const Tensor shares =
      run.run.modules.conjugate
          ->encode(dataset->batch("input", {0, 1, 2}, /*epoch=*/0).x, run.run.modules.globals())
          .front()
          .second;
  EXPECT_TRUE(shares[1].isnan().all().item<bool>());
  EXPECT_NEAR(shares[0].sum().item<double>(), 1, 1e-12);
  EXPECT_NEAR(shares[2].sum().item<double>(), 1, 1e-12);
}

// The mean of kRows is (1.4375, 2.25): there ln p of the one class of variance 1 is -ln 2 pi,
// whatever stands in the next row.
TEST_F(Overflow, DoesNotTouchOtherExamples) {
  Fitted run = trained(
      "model: {type: mixture, num_components: 1, component: {type: normal_unit}}, "
      "inference: {type: conjugate, point_mass: [all], flat_priors: true}, "
      "trainer: {epochs: 3}");
  const Evaluation found = evaluation_of(run, write("new.csv", "a,b\n1.4375,2.25\n2,1e200\n"));
  EXPECT_NEAR(found.examples.at(0).log_evidence, -std::log(2 * M_PI), 1e-12);
}

TEST_F(Overflow, OfNumbersBeyondTheDtypeIsRefusedWhenTheyAreRead) {
  const std::string vae =
      "model: {latent_size: 1, likelihood: {type: normal}}, trainer: {epochs: 1, batch_size: 8}";
  const std::string bad = write("bad.csv", "a,b\n1,2\n1,1e45\n");
  const auto place = AllOf(HasSubstr("bad.csv:3: expected a number within the range of float32"),
                           HasSubstr("column 2 (b), found 1e+45"),
                           HasSubstr("dtype: float64"));
  EXPECT_THAT(data_error_of(
                  [&] { run_of("data: {type: table, path: " + bad + "}, " + vae, 0, "float32"); }),
              place);
  const Fitted run = trained(vae, "", "float32");
  EXPECT_THAT(data_error_of([&] { run.run.load_input(bad); }), place);
  write("t.csv", "a,b\n0.001,1\n0.002,2\n0.001,2\n");
  const Fitted narrow = run_of(
      "data: {type: table, path: " + folder_.path() +
          "/t.csv, response: b, standardize: true}, model: {type: linear_regression}" + kConjugate,
      2);
  EXPECT_THAT(
      data_error_of([&] {
        narrow.run.load_input(write("h.csv", "a,b\n0.001,1\n1e308,1\n"),
                              /*may_lack_response=*/true);
      }),
      AllOf(HasSubstr("h.csv:3"), HasSubstr("column 1 (a), found 1e+308"), HasSubstr("rescale")));
}

// A row whose matrix rounding leaves singular was an internal error for all rows.
TEST_F(Overflow, OfOneRowLeavesTheOthersTheirDensities) {
  Fitted run = trained("model: {type: mixture, num_components: 2}" + kConjugate);
  const auto nll_of = [&](const std::string& rows) {
    return -evaluation_of(run, write("new.csv", "a,b\n" + rows)).examples.at(0).log_evidence;
  };
  EXPECT_EQ(nll_of("1,2\n1e18,1e18\n2,1e200\n"), nll_of("1,2\n"));
}

// The advice was a prior, or a smaller model.
TEST_F(Overflow, OfATrainingSetSaysToRescaleIt) {
  const std::string file = write("large.csv", "a,b\n1,2\n2,1e200\n2,3\n4,1\n");
  EXPECT_THAT(data_error_of([&] {
                run_of("data: {type: table, path: " + file +
                       "}, model: {type: mixture, num_components: 2}" + kConjugate);
              }),
              HasSubstr("rescale the columns"));
}

// One topic: q(beta) is Dirichlet(eta + counts) exactly, so words have probabilities 3.01 / 5.02
// and 2.01 / 5.02. Of 0 0 1 1 the second half is 0 1. The document of one word counted as NLL 0.
TEST_F(Overflow, DocumentsWithNothingLeftToPredictAreLeftOut) {
  const auto lda = [&](const std::string& documents) {
    return run_of("data: {type: bag_of_words, path: " + write("c.dat", documents) +
                      "}, model: {type: lda, num_topics: 1}, inference: {type: conjugate}, "
                      "trainer: {epochs: 3}",
                  /*steps=*/3);
  };
  const auto evaluated = [](Fitted& run) {
    EvaluationOptions options;
    options.split = "train";
    return evaluate_run(run.run, options);
  };
  Fitted run = lda("2 0:2 1:2\n1 0:1\n");
  const Evaluation found = evaluated(run);
  const Json& nll = found.summary.at("nll");
  EXPECT_NEAR(nll.at("value").get<double>(), -std::log(3.01 / 5.02) - std::log(2.01 / 5.02), 1e-10);
  EXPECT_EQ(nll.at("left_out"), 1);
  EXPECT_THAT(nll.at("reason").get<std::string>(), HasSubstr("1 of 2 documents"));
  EXPECT_THAT(per_example_csv(found), HasSubstr(",undefined\n"));
  EXPECT_FALSE(found.summary.contains("undefined"));
  Fitted words = lda("1 0:1\n1 1:1\n");
  const Json nothing = Json::parse(evaluated(words).summary.dump());
  EXPECT_TRUE(nothing.at("nll").at("value").is_null()) << nothing;
  EXPECT_TRUE(nothing.at("perplexity").at("value").is_null()) << nothing;
  EXPECT_EQ(nothing.at("nll").at("left_out"), 2);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
