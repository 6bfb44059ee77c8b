// elbow bench: what it refuses, what it prints, and that it leaves nothing behind.
#include <map>

#include "cli/e2e_support.h"
#include "elbow/foundations/io/safetensors.h"

namespace elbow::test {
namespace ELBOW_TEST_FILE {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class Bench : public EndToEnd {
 protected:
  /// The only event of a command that must succeed.
  Json event(std::vector<std::string> words) {
    words.insert(words.begin(), "bench");
    words.push_back("--json");
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const auto lines = lines_of(result.out);
    EXPECT_EQ(lines.size(), 1u) << result.out;
    return lines.empty() ? Json::object() : Json::parse(lines.front());
  }
};

TEST_F(Bench, WithoutAJobItListsThem) {
  const auto result = run({"bench"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Json jobs = event({}).at("jobs");
  ASSERT_GE(jobs.size(), 12u);
  for (const Json& job : jobs)
    EXPECT_THAT(result.out, HasSubstr(job.at("name").get<std::string>() + " "));
}

TEST_F(Bench, MistakesAreTwo) {
  expect_refused({"bench", "V9"}, {"unknown job 'V9'", "did you mean 'V1'"});
  expect_refused({"bench", "nowhere.yaml"}, {"nowhere.yaml"});
  expect_refused({"bench", "V1", "model.laten_size=3"}, {"did you mean 'latent_size'"});
  expect_refused({"bench", "tiny.yaml", "--seconds", "never"}, {"--seconds"});
  expect_refused({"bench", "tiny.yaml", "--stand-in"}, {"data.stand_in"});
  expect_refused({"bench", "F1", "--save-initial", "a.safetensors"}, {"expected one job", "'F1'"});
  expect_refused({"bench", "machine", "--save-initial", "a.safetensors"}, {"has parameters"});
  expect_refused({"bench", "tiny.yaml", "--save-initial", "a.npz"}, {".safetensors"});
  expect_refused({"bench", "tiny.yaml", "--steps", "3", "--seconds", "2s"}, {"said once"});
  expect_refused({"bench", "tiny.yaml", "--seconds", "40d"}, {"a day at most"});
  expect_refused({"bench", "V1", "data.path=/nowhere", "--seconds", "1s"}, {"/nowhere"});
  expect_refused({"bench", "V1e", "--steps", "3"}, {"V1e: --steps would do nothing"});
  expect_refused({"bench", "machine", "--steps", "3"}, {"--steps would do nothing"});
  expect_refused({"bench", "machine", "trainer.steps=3"}, {"trainer.steps=3 would do nothing"});
}

TEST_F(Bench, TimesAConfigurationAndCountsItsWork) {
  const auto before = snapshot(folder_.path());
  const Json report = event({"tiny.yaml", "--seconds", "0.2"});
  EXPECT_EQ(report.at("event"), "benchmark");
  EXPECT_EQ(report.at("unit"), "steps/s");
  EXPECT_EQ(report.at("threads"), 1);
  EXPECT_EQ(report.at("stand_in"), false);
  EXPECT_GT(report.at("lowest").get<double>(), 0);
  EXPECT_LE(report.at("lowest"), report.at("median"));
  EXPECT_LE(report.at("median"), report.at("highest"));
  // 64-16-6 and 3-16-64, each product forward, for the weights and, but of the first layer, for its
  // input.
  const int layers[] = {64 * 16, 16 * 6, 3 * 16, 16 * 64};
  const int all = layers[0] + layers[1] + layers[2] + layers[3];
  EXPECT_EQ(report.at("flops"), 2.0 * 16 * (3 * all - layers[0]));
  EXPECT_NEAR(report.at("share").get<double>(),
              report.at("median").get<double>() / report.at("limit").get<double>(),
              1e-9);
  EXPECT_EQ(snapshot(folder_.path()), before);
}

TEST_F(Bench, AFixedNumberOfStepsReportsTheirBound) {
  const Json report = event({"tiny.yaml", "trainer.batch_size=50", "--steps", "16"});
  EXPECT_EQ(report.at("batch_size"), 50);
  EXPECT_EQ(report.at("quality").at("name"), "objective");
  EXPECT_EQ(report.at("quality").at("steps"), 16);
  EXPECT_LT(report.at("quality").at("value").get<double>(), 0);
  // Also where a training would not have written a record yet.
  const Json few = event({"tiny.yaml", "trainer.log_every_steps=100", "--steps", "8"});
  EXPECT_LT(few.at("quality").at("value").get<double>(), 0);
  EXPECT_EQ(few.at("overrides"), Json({"trainer.log_every_steps=100"}));
  const auto text =
      run({"bench", "tiny.yaml", "trainer.batch_size=50", "--steps", "16", "--seed", "3"});
  EXPECT_THAT(text.out, HasSubstr("tiny.yaml, but with trainer.batch_size=50\n"));
  EXPECT_THAT(text.out, ContainsRegex("quality     objective -[0-9.]+ after 16 steps"));
}

TEST_F(Bench, SavesEveryParameterAsItIsBeforeTheFirstStep) {
  const std::string place = folder_.path() + "/first-";
  // Of 16 steps and of one: a file written after a step would differ.
  for (const std::string steps : {"16", "1"})
    event({"tiny.yaml", "--steps", steps, "--save-initial", place + steps + ".safetensors"});
  const std::string bytes = read_text(place + "16.safetensors");
  EXPECT_EQ(bytes, read_text(place + "1.safetensors"));
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& tensor : io::decode_safetensors(bytes, "first").tensors)
    shapes[tensor.name] = tensor.shape;
  const std::string encoder = "guide.posterior.network.", decoder = "model.likelihood.network.";
  const decltype(shapes) expected{{encoder + "hidden_0.weight", {16, 64}},
                                  {encoder + "hidden_0.bias", {16}},
                                  {encoder + "output.weight", {6, 16}},
                                  {encoder + "output.bias", {6}},
                                  {decoder + "hidden_0.weight", {16, 3}},
                                  {decoder + "hidden_0.bias", {16}},
                                  {decoder + "output.weight", {64, 16}},
                                  {decoder + "output.bias", {64}},
                                  {"model.prior.loc", {3}}};
  EXPECT_EQ(shapes, expected);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::test
