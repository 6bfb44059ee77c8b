#include "elbow/foundations/observe/profile_files.h"

#include <gtest/gtest.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

/// 20 steps of 1 ms of guide, half of it its network, and 3 ms besides; the first is slow.
class ProfileFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    Profiler::Options options;
    options.clock = [this] { return now_; };
    profiler_ = std::make_unique<Profiler>(options);
    const ProfilerScope scope(profiler_.get());
    for (int i = 0; i < 20; ++i) {
      const ProfileSpan step(SpanKind::step, "step");
      now_ += i == 0 ? 1'000'000'000 : 3'000'000;
      const ProfileSpan guide(SpanKind::component, "guide");
      now_ += 500'000;
      const ProfileSpan network(SpanKind::part, "network");
      now_ += 500'000;
    }
    const ProfileSpan validation(SpanKind::apart, "validation");
    now_ += 2'000'000'000;
  }
  std::int64_t now_ = 0;
  std::unique_ptr<Profiler> profiler_;
};

TEST_F(ProfileFiles, NumbersLeaveOutTheFirstStepsAndAddUp) {
  const Json profile = profile_json(*profiler_, /*seconds=*/4.0);
  EXPECT_EQ(profile.at("steps_taken"), 20);
  EXPECT_EQ(profile.at("steps"), 17);
  const Json& step = profile.at("step");
  EXPECT_DOUBLE_EQ(step.at("mean_ms"), 4.0);
  EXPECT_DOUBLE_EQ(step.at("max_ms"), 4.0);
  const Json& guide = step.at("parts").at(0);
  EXPECT_EQ(guide.at("name"), "guide");
  EXPECT_DOUBLE_EQ(guide.at("mean_ms"), 1.0);
  EXPECT_DOUBLE_EQ(guide.at("share"), 0.25);
  ASSERT_EQ(guide.at("parts").size(), 2u);
  EXPECT_EQ(guide.at("parts").at(1).at("name"), "other");
  EXPECT_DOUBLE_EQ(guide.at("parts").at(1).at("median_ms"), 0.5);
  EXPECT_EQ(step.at("parts").back().at("name"), "rest");
  EXPECT_DOUBLE_EQ(step.at("parts").back().at("mean_ms"), 3.0);
  double seconds = 0;
  for (const Json& part : profile.at("training")) seconds += part.at("seconds").get<double>();
  EXPECT_NEAR(seconds, 4.0, 1e-12);
  EXPECT_EQ(profile.at("training").at(1).at("name"), "validation");
  EXPECT_DOUBLE_EQ(profile.at("training").at(1).at("seconds"), 2.0);
}

TEST_F(ProfileFiles, TimeLineIsInMicroseconds) {
  const Json trace = Json::parse(chrome_trace(*profiler_, /*first_step=*/101, {{"device", "cpu"}}));
  const Json& events = trace.at("traceEvents");
  ASSERT_EQ(events.size(), 1u + 20 * 3 + 1);
  EXPECT_EQ(events.at(0).at("ph"), "M");
  const Json& network = events.at(3);
  EXPECT_EQ(network.at("name"), "network");
  EXPECT_EQ(network.at("cat"), "guide");
  EXPECT_EQ(network.at("ph"), "X");
  EXPECT_DOUBLE_EQ(network.at("ts"), 1'000'500.0);
  EXPECT_DOUBLE_EQ(network.at("dur"), 500.0);
  EXPECT_EQ(network.at("args").at("step"), 101);
  EXPECT_EQ(events.back().at("name"), "validation");
  // Of the step that it comes after, as in records and log.
  EXPECT_EQ(events.back().at("args").at("step"),
            events.at(events.size() - 2).at("args").at("step"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
