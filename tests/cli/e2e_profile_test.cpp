// A training that is profiled is the same training, and its profile adds up.
#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

class Profile : public test::EndToEnd {
 protected:
  Json json_of(const std::string& file) const {
    return Json::parse(test::read_text(folder_ / file));
  }
};

/// "backward/guide/network" of every row, each checked to be the sum of its parts.
void add_paths(const Json& row, const std::string& path, std::set<std::string>& paths) {
  double sum = 0;
  for (const Json& part : row.at("parts")) {
    const std::string here = path + part.at("name").get<std::string>();
    EXPECT_TRUE(paths.insert(here).second) << here;
    EXPECT_GE(part.at("min_ms").get<double>(), 0) << here;
    EXPECT_LE(part.at("median_ms").get<double>(), part.at("max_ms").get<double>()) << here;
    sum += part.at("mean_ms").get<double>();
    add_paths(part, here + "/", paths);
  }
  if (row.at("parts").empty()) return;
  EXPECT_NEAR(sum, row.at("mean_ms").get<double>(), 1e-9 * (1 + sum)) << path;
}

/// Complete events, each inside the one around it, to the last nanosecond.
void expect_nested(const Json& events) {
  struct Stretch {
    std::string name;
    std::int64_t begin, end;
  };
  const auto nanoseconds = [](const Json& us) { return std::llround(us.get<double>() * 1000); };
  std::vector<Stretch> around;
  std::set<std::string> names;
  for (const Json& event : events) {
    if (event.at("ph") != "X") continue;
    const std::int64_t begin = nanoseconds(event.at("ts"));
    const Stretch here{event.at("name"), begin, begin + nanoseconds(event.at("dur"))};
    names.insert(here.name);
    while (!around.empty() && around.back().end <= here.begin) {
      // What has no length may stand where what is around it begins.
      if (here.begin == here.end && around.back().end == here.begin) break;
      around.pop_back();
    }
    if (!around.empty()) {
      EXPECT_LE(here.end, around.back().end) << here.name << " in " << around.back().name;
    }
    if (event.at("cat") != here.name) {
      EXPECT_FALSE(around.empty()) << here.name;
    }
    around.push_back(here);
  }
  EXPECT_THAT(names, IsSupersetOf({"step", "guide", "network", "backward", "checkpoint"}));
}

TEST_F(Profile, ChangesNoNumberAndAddsUp) {
  train("plain");
  const auto profiled = run({"train", "tiny.yaml", "-o", "profiled", "--quiet", "--profile"});
  ASSERT_EQ(profiled.exit_code, 0) << profiled.err;
  expect_same_end("plain", "profiled");
  EXPECT_EQ(test::timeless_records(folder_ / "plain"),
            test::timeless_records(folder_ / "profiled"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "plain/profile.json"));
  for (const char* words : {"component", "ms/step", "  backward", "    guide", "validation"})
    EXPECT_THAT(profiled.out, HasSubstr(words));

  const Json profile = json_of("profiled/profile.json");
  EXPECT_EQ(profile.at("steps_taken"), 26);
  EXPECT_EQ(profile.at("steps"), 23);
  EXPECT_EQ(profile.at("first_step"), 1);
  EXPECT_EQ(profile.at("last_step"), 26);
  std::set<std::string> paths;
  add_paths(profile.at("step"), "", paths);
  EXPECT_THAT(paths,
              IsSupersetOf({"data",
                            "guide",
                            "guide/network",
                            "guide/draw",
                            "model/network",
                            "model/likelihood",
                            "objective",
                            "backward",
                            "backward/guide/network",
                            "backward/guide/draw",
                            "backward/model/network",
                            "backward/model/likelihood",
                            "backward/objective",
                            "optimizer/update",
                            "rest/records"}));
  expect_nested(json_of("profiled/trace.json").at("traceEvents"));
}

TEST_F(Profile, IsLeftByATrainingThatIsStoppedAndByOneThatGoesOn) {
  const auto stopped = run({"train",
                            "tiny.yaml",
                            "-o",
                            "parts",
                            "--quiet",
                            "--json",
                            "--profile",
                            "--max-time",
                            "0.05s",
                            "trainer.epochs=100000",
                            "trainer.evaluate_every_epochs=1000",
                            "+trainer.checkpoint.every_epochs=1000"});
  ASSERT_EQ(stopped.exit_code, 75) << stopped.err;
  const Json first = json_of("parts/profile.json");
  Json printed;
  for (const std::string& line : test::lines_of(stopped.out))
    if (const Json event = Json::parse(line); event.at("event") == "profile") printed = event;
  EXPECT_EQ(printed.value("step", Json()), first.at("step"));
  const auto last = first.at("last_step").get<std::int64_t>();
  EXPECT_EQ(last, first.at("steps_taken"));
  const auto resumed = run({"resume",
                            "parts",
                            "--quiet",
                            "--profile",
                            "~trainer.epochs",
                            "++trainer.steps=" + std::to_string(last + 4)});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  const Json second = json_of("parts/profile.json");
  EXPECT_EQ(second.at("first_step"), last + 1);
  EXPECT_EQ(second.at("steps_taken"), 4);
  EXPECT_EQ(second.at("left_out"), 0);
  expect_nested(json_of("parts/trace.json").at("traceEvents"));
  expect_refused({"eval", "parts", "--profile"}, {"--profile"});
}

TEST_F(Profile, OfAClosedFormHasPartsOfItsOwn) {
  const auto result =
      run({"train",
           std::string(ELBOW_SOURCE_DIR) + "/configs/classical/mixture_faithful.yaml",
           "--stand-in",
           "--threads",
           "1",
           "-o",
           "mixture",
           "--quiet",
           "--profile"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::set<std::string> paths;
  add_paths(json_of("mixture/profile.json").at("step"), "", paths);
  EXPECT_THAT(paths, IsSupersetOf({"data", "local step", "bound", "global step", "rest"}));
  EXPECT_EQ(paths.count("backward"), 0u);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
