// `diagnose` of whole runs.
#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Diagnosed : public test::EndToEnd {};

TEST_F(Diagnosed, SaysPosteriorsAndGradientsAndLeavesPictures) {
  train("run");
  const auto result =
      run({"diagnose", "run", "--draws", "20", "--particles", "50", "--per-example", "rows.csv"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("active units"),
                    HasSubstr("KL per unit"),
                    HasSubstr("Pareto k"),
                    HasSubstr("pathwise"),
                    HasSubstr("score_function"),
                    HasSubstr("left out at K = 1, 5"),
                    HasSubstr("SNR")));
  const Json found = Json::parse(test::read_text(folder_ / "run/diagnosis/diagnosis.json"));
  EXPECT_EQ(found.at("gradients").at("examples"), 16);
  EXPECT_EQ(found.at("posterior").at("examples"), 40);
  for (const char* picture : {"gradient_snr", "gradient_variance", "kl_per_unit", "pareto_k"})
    EXPECT_THAT(test::read_text(folder_ / (std::string("run/diagnosis/") + picture + ".svg")),
                HasSubstr("<svg"));
  EXPECT_EQ(test::lines_of(test::read_text(folder_ / "rows.csv")).size(), 41u);
  // The report shows what was found.
  ASSERT_EQ(run({"report", "run", "-q"}).exit_code, 0);
  EXPECT_THAT(test::read_text(folder_ / "run/report.html"),
              AllOf(HasSubstr("Diagnosis"), HasSubstr("score_function")));
}

TEST_F(Diagnosed, OneLineOfJson) {
  train("run");
  const auto result = run({"diagnose",
                           "run",
                           "--only",
                           "gradients",
                           "--draws",
                           "20",
                           "--json",
                           "--estimators",
                           "pathwise",
                           "--num-particles",
                           "2,3",
                           "objective={type: iwae}"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto lines = test::lines_of(result.out);
  ASSERT_EQ(lines.size(), 1u) << result.out;
  const Json found = Json::parse(lines[0]);
  EXPECT_FALSE(found.contains("posterior"));
  EXPECT_EQ(found.at("gradients").at("entries").size(), 2u);
}

TEST_F(Diagnosed, RefusesInWords) {
  train("run");
  const auto before = test::snapshot(folder_ / "run");
  expect_refused({"diagnose", "run", "--only", "gradients", "--estimators", "vimco"},
                 {"vimco", "elbo"});
  expect_refused({"diagnose", "run", "--num-particles", "1,x"}, {"--num-particles", "1,x"});
  expect_refused({"diagnose", "run", "--split", "nowhere"}, {"--split"});
  expect_refused({"diagnose", "run", "data.type=mnist"}, {"objective.*"});
  expect_refused({"diagnose", "run", "--per-example", "rows.txt"}, {"rows.txt", ".csv"});
  expect_refused({"diagnose", "run", "--only", "posterior", "--draws", "20"},
                 {"--draws", "posterior"});
  expect_refused({"diagnose", "run", "--only", "gradients", "--per-example", "rows.csv"},
                 {"--per-example", "gradients"});
  EXPECT_EQ(test::snapshot(folder_ / "run"), before);
  const auto dry = run({"diagnose", "run", "--dry-run"});
  EXPECT_EQ(dry.exit_code, 0);
  EXPECT_THAT(dry.out, HasSubstr("run/diagnosis"));
  EXPECT_EQ(test::snapshot(folder_ / "run"), before);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
