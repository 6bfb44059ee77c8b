// Models of the user's own through every verb.
#include <cmath>
#include <map>
#include <sstream>

#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

const char* const kSchools = R"(
data { int<lower=0> J; vector[J] y; vector<lower=0>[J] sigma; }
parameters { real mu; real<lower=0> tau; vector[J] eta; }
transformed parameters { vector[J] theta = mu + tau * eta; }
model { mu ~ normal(0, 5); tau ~ cauchy(0, 5); eta ~ std_normal(); y ~ normal(theta, sigma); }
generated quantities { array[J] real y_rep = normal_rng(theta, sigma); }
)";
const char* const kData =
    R"({"J": 8, "y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18], "K": 2})";

class OwnModel : public test::EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    if (IsSkipped()) return;
    folder_.write("schools.stan", kSchools);
    folder_.write("schools.json", kData);
    const auto made =
        run({"init", "--program", "schools.stan", "--data", "schools.json", "-o", "m.yaml"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
};

TEST_F(OwnModel, GoesThroughEveryVerbAndMoves) {
  EXPECT_THAT(run({"describe", "program", "schools.stan"}).out,
              HasSubstr("parameters: real<lower=0> tau"));
  EXPECT_EQ(run({"validate", "m.yaml"}).exit_code, 0);
  const auto trained = run({"train", "m.yaml", "-o", "run", "inference.max_steps=450", "-q"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("'K' is not declared by schools.stan; it is not used"));
  // The run is whole without the files that it was made from.
  std::filesystem::rename(folder_ / "run", folder_ / "moved");
  std::filesystem::remove(folder_ / "schools.stan");
  folder_.write("schools.json", "{}");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"eval", "moved"},
           {"summary", "moved"},
           {"sample", "moved", "--posterior", "-n", "7", "-o", "draws.csv"},
           {"report", "moved"},
           {"resume", "moved", "inference.max_steps=500"},
           {"train", "moved/config.yaml", "-o", "again", "inference.max_steps=20"}}) {
    const auto done = run(words);
    EXPECT_EQ(done.exit_code, 0) << words[0] << ": " << done.err;
  }
  const std::string draws = test::read_text(folder_ / "draws.csv");
  EXPECT_THAT(draws, HasSubstr("\nlp__,log_p__,log_g__,mu,tau,eta.1"));
  EXPECT_THAT(draws, HasSubstr(",theta.8,y_rep.1"));
  const std::string report = test::read_text(folder_ / "moved/report.html");
  for (const char* part : {"theta[8]", "<h2>Pairs</h2>", "against", "of the 8 data lie within"})
    EXPECT_THAT(report, HasSubstr(part));
}

TEST_F(OwnModel, DescribesSizesAndDensities) {
  const auto sizes = run({"describe", "program", "schools.stan", "--data", "schools.json"});
  ASSERT_EQ(sizes.exit_code, 0) << sizes.err;
  EXPECT_THAT(sizes.out, HasSubstr("vector[J] eta: 8 numbers, 8 unconstrained"));
  EXPECT_THAT(sizes.out, HasSubstr("10 unconstrained numbers, 26 quantities"));
  EXPECT_THAT(run({"validate", "m.yaml"}).out, HasSubstr("10 unconstrained numbers"));
  folder_.write("flat.stan", "parameters { real<lower=0> s; } model { s ~ exponential(2); }");
  folder_.write("points.json", "[[0], [1]]");
  const auto points = run({"describe", "program", "flat.stan", "--at", "points.json"});
  ASSERT_EQ(points.exit_code, 0) << points.err;
  std::istringstream lines(points.out);
  for (const double u : {0.0, 1.0}) {
    std::string line;
    std::getline(lines, line);
    const Json found = Json::parse(line);
    EXPECT_NEAR(found["log_density"].get<double>(), std::log(2) - 2 * std::exp(u) + u, 1e-14);
    EXPECT_NEAR(found["gradient"][0].get<double>(), 1 - 2 * std::exp(u), 1e-14);
  }
  folder_.write("points.json", "[[0, 1]]");
  EXPECT_EQ(run({"describe", "program", "flat.stan", "--at", "points.json"}).exit_code, 2);
  EXPECT_EQ(run({"describe", "adam", "--at", "points.json"}).exit_code, 2);
}

TEST_F(OwnModel, CopiesThatWereChangedAreRefused) {
  ASSERT_EQ(run({"train", "m.yaml", "-o", "run", "inference.max_steps=20", "-q"}).exit_code, 0);
  for (const char* name : {"model.stan", "data.json"}) {
    const std::string copy = std::string("run/program/") + name;
    const std::string text = test::read_text(folder_ / copy);
    for (const bool is_lost : {false, true}) {
      if (is_lost)
        std::filesystem::remove(folder_ / copy);
      else
        folder_.write(copy, text + " ");
      for (const char* verb : {"eval", "summary", "resume"}) {
        const auto refused = run({verb, "run"});
        EXPECT_EQ(refused.exit_code, 2) << verb;
        EXPECT_THAT(refused.err, HasSubstr(is_lost ? " is missing" : " was changed"));
      }
    }
    folder_.write(copy, text);
  }
  EXPECT_EQ(run({"eval", "run"}).exit_code, 0);
}

TEST_F(OwnModel, ChainsAndParticlesTakeItToo) {
  const auto chains =
      run({"train",
           "m.yaml",
           "-o",
           "chains",
           "-q",
           "~guide",
           "++inference={type: hmc, num_chains: 2, num_warmup: 100, num_draws: 50}"});
  ASSERT_EQ(chains.exit_code, 0) << chains.err;
  EXPECT_THAT(run({"summary", "chains"}).out, HasSubstr("y_rep[8]"));
  const auto points = run({"train",
                           "m.yaml",
                           "-o",
                           "points",
                           "-q",
                           "~guide",
                           "++inference={type: svgd, num_particles: 5}",
                           "trainer.epochs=1",
                           "trainer.batch_size=100"});
  EXPECT_EQ(points.exit_code, 0) << points.err;
  const auto compared = run({"compare", "chains", "points", "--posterior"});
  EXPECT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_EQ(compared.out.find("another model"), std::string::npos);
}

TEST_F(OwnModel, MistakesAreSaidBeforeAnythingIsWritten) {
  folder_.write("schools.stan", "parameters { real x; }\nmodel { x ~ nromal(0, 1); }\n");
  for (const char* verb : {"train", "validate"}) {
    const auto refused = run({verb, "m.yaml"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("schools.stan:2:13: error: 'nromal'"));
    EXPECT_THAT(refused.err, HasSubstr("did you mean 'normal'?"));
    test::expect_no_insides(refused);
  }
  folder_.write("schools.stan", kSchools);
  for (const auto& [data, says] : std::vector<std::pair<const char*, const char*>>{
           {"{\"J\": 8", "schools.json:1:8: this is no JSON"},
           {"{\"y\": [1]}", "'J' is missing"},
           {"{\"J\": 1, \"y\": [1, 2], \"sigma\": [1]}", "y: expected 1 elements, found 2"},
           {"{\"J\": 1, \"y\": [1], \"sigma\": [-1]}", "'sigma' has to be at least 0"}}) {
    folder_.write("schools.json", data);
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"train", "m.yaml", "-o", "none"},
             {"validate", "m.yaml"},
             {"describe", "program", "schools.stan", "--data", "schools.json"}}) {
      const auto refused = run(words);
      EXPECT_EQ(refused.exit_code, 2) << words[0] << " " << data;
      EXPECT_THAT(refused.err, HasSubstr(says));
      test::expect_no_insides(refused);
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
  }
}

TEST_F(OwnModel, AStartThatIsRejectedEverywhereEndsWithTheReason) {
  folder_.write("schools.stan", "parameters { real x; } model { if (x < 1e6) reject(\"never\"); }");
  folder_.write("schools.json", "{}");
  const auto never = run({"train",
                          "m.yaml",
                          "-o",
                          "never",
                          "~guide",
                          "++inference={type: hmc, num_chains: 2, num_warmup: 10, num_draws: 10}"});
  EXPECT_EQ(never.exit_code, 86) << never.err;
  EXPECT_THAT(never.err, HasSubstr("reject(never)"));
}

// The phases of advi report different means: a resume in any of them leaves the same records.
TEST_F(OwnModel, ResumedRecordsAreThoseOfAnUninterruptedRun) {
  const std::vector<std::string> start{"train", "m.yaml", "-q", "trainer.log_every_steps=20"};
  const auto train = [&](const std::string& run_directory, const std::string& steps) {
    std::vector<std::string> words = start;
    words.insert(words.end(), {"-o", run_directory, "inference.max_steps=" + steps});
    EXPECT_EQ(run(words).exit_code, 0);
  };
  train("whole", "320");
  train("parts", "15");  // within the search for a mode
  for (const char* steps : {"130", "320"})
    EXPECT_EQ(run({"resume", "parts", "-q", std::string("inference.max_steps=") + steps}).exit_code,
              0);
  const auto records = [&](const std::string& run_directory) {
    std::map<std::int64_t, Json> out;
    std::istringstream lines(test::read_text(folder_ / (run_directory + "/metrics.jsonl")));
    for (std::string line; std::getline(lines, line);) {
      Json one = Json::parse(line);
      const auto step = one.at("step").get<std::int64_t>();
      // The end of each part is recorded, too.
      if (one.at("split") != "train" || step % 20 != 0) continue;
      for (const char* timed : {"seconds", "examples_per_second"}) one.erase(timed);
      out[step] = one;
    }
    return out;
  };
  const auto whole = records("whole"), parts = records("parts");
  EXPECT_EQ(whole.size(), 16u);
  EXPECT_TRUE(whole.at(20).contains("log_density") || whole.at(20).contains("elbo"));
  EXPECT_TRUE(whole.at(320).contains("elbo"));
  EXPECT_FALSE(whole.at(320).contains("log_density"));
  for (const auto& [step, record] : whole) {
    if (step == 140) continue;  // its window began with the second part
    EXPECT_EQ(parts.at(step), record) << step;
  }
  EXPECT_EQ(test::read_text(folder_ / "whole/checkpoints/step-00000320/model.safetensors"),
            test::read_text(folder_ / "parts/checkpoints/step-00000320/model.safetensors"));
}

TEST_F(OwnModel, TorchScriptRunsItsCodeOnlyWhereAllowed) {
  // Of scripts/golden/script_density.py.
  std::filesystem::copy(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/density.pt",
                        folder_ / "d.pt");
  EXPECT_EQ(run({"init", "--program", "d.pt", "-o", "d.yaml"}).exit_code, 0);
  EXPECT_THAT(run({"validate", "d.yaml"}).out, HasSubstr("was not loaded"));
  EXPECT_THAT(run({"validate", "d.yaml", "--allow-code"}).out,
              HasSubstr("3 unconstrained numbers"));
  const auto refused = run({"train", "d.yaml", "-o", "none"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--allow-code"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
  const auto trained =
      run({"train", "d.yaml", "-o", "run", "--allow-code", "inference.max_steps=300"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("next: elbow summary run --allow-code"));
  std::filesystem::remove(folder_ / "d.pt");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"summary", "run"},
                                             {"eval", "run", "--limit", "10"},
                                             {"resume", "run", "inference.max_steps=310"}}) {
    EXPECT_EQ(run(words).exit_code, 2) << words[0];
    std::vector<std::string> allowed = words;
    allowed.emplace_back("--allow-code");
    EXPECT_EQ(run(allowed).exit_code, 0) << words[0];
  }
  EXPECT_EQ(run({"report", "run"}).exit_code, 0);  // needs no density
  folder_.write("run/program/model.pt", "changed");
  EXPECT_THAT(run({"summary", "run", "--allow-code"}).err, HasSubstr("was changed"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
