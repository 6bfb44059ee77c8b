#include "elbow/foundations/core/profiler.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace elbow {
namespace ELBOW_TEST_FILE {

/// A profiler whose clock a test moves.
class Profiled : public ::testing::Test {
 protected:
  explicit Profiled(Profiler::Options options = {}) : profiler_(with_clock(options)) {}
  Profiler::Options with_clock(Profiler::Options options) {
    options.clock = [this] { return now_; };
    options.next_operation = [this] { return operations_; };
    return options;
  }
  void work(std::int64_t nanoseconds) { now_ += nanoseconds; }
  /// Makes operations that can be differentiated.
  void make(std::uint64_t count) { operations_ += count; }
  /// "guide/network": ns in the latest step.
  std::map<std::string, std::int64_t> times() const {
    std::map<std::string, std::int64_t> out;
    add(profiler_.step(), "", out);
    return out;
  }
  void add(const ProfileNode& node,
           const std::string& path,
           std::map<std::string, std::int64_t>& out) const {
    for (const auto& part : node.parts) {
      out[path + part->name] = profiler_.latest(*part).back();
      add(*part, path + part->name + "/", out);
    }
  }

  std::int64_t now_ = 1000;
  std::uint64_t operations_ = 70;
  Profiler profiler_;
};

TEST_F(Profiled, ComponentsShareAStepAndWhatIsInterruptedStandsStill) {
  const ProfilerScope scope(&profiler_);
  ProfileSpan step(SpanKind::step, "step");
  work(1);
  {
    const ProfileSpan objective(SpanKind::component, "objective");
    work(2);
    {
      const ProfileSpan guide(SpanKind::component, "guide");
      work(4);
      const ProfileSpan network(SpanKind::part, "network");
      work(8);
      const ProfileSpan again(SpanKind::component, "guide");  // it is at work already
      work(16);
    }
    {
      const ProfileSpan reduction(SpanKind::part, "reduction");
      work(32);
      const ProfileSpan model(SpanKind::component, "model");
      work(64);
      const ProfileSpan hidden(SpanKind::whole, "all of it"), inside(SpanKind::component, "guide");
      work(128);
    }
    work(256);
  }
  work(512);
  step.end();
  work(1024);
  const std::map<std::string, std::int64_t> expected{{"guide", 28},
                                                     {"guide/network", 24},
                                                     {"model", 192},
                                                     {"model/all of it", 128},
                                                     {"objective", 2 + 32 + 256},
                                                     {"objective/reduction", 32},
                                                     {"rest", 1 + 512}};
  EXPECT_EQ(times(), expected);
  EXPECT_EQ(profiler_.total(), 1023);
}

TEST_F(Profiled, BackwardPassBelongsToThoseWhoMadeItsOperations) {
  const ProfilerScope scope(&profiler_);
  ProfileSpan step(SpanKind::step, "step");
  {
    const ProfileSpan objective(SpanKind::component, "objective");
    {
      const ProfileSpan guide(SpanKind::component, "guide");
      const ProfileSpan network(SpanKind::part, "network");
      make(2);  // 70, 71
    }
    {
      const ProfileSpan model(SpanKind::component, "model");
      make(1);  // 72
    }
    make(1);  // 73
    const ProfileSpan backward(SpanKind::component, "backward");
    make(1);  // 74, the root
    profiler_.begin_backward();
    work(1);
    profiler_.differentiate(74);
    work(2);
    profiler_.differentiate(73);
    work(4);
    profiler_.differentiate(72);
    work(8);
    profiler_.differentiate(-1);  // a parameter's gradient
    work(16);
    profiler_.differentiate(71);
    work(32);
    profiler_.differentiate(70);
    work(64);
    profiler_.differentiate(69);  // of before the step
    work(128);
    profiler_.end_backward();
    work(256);
  }
  step.end();
  const auto here = times();
  EXPECT_EQ(here.at("backward"), 511);
  EXPECT_EQ(here.at("backward/objective"), 4);
  EXPECT_EQ(here.at("backward/model"), 8 + 16);
  EXPECT_EQ(here.at("backward/guide"), 32 + 64);
  EXPECT_EQ(here.at("backward/guide/network"), 32 + 64);
  EXPECT_EQ(here.at("objective"), 0);
}

TEST_F(Profiled, LateWorkBelongsToTheOwnerInThisStep) {
  const ProfilerScope scope(&profiler_);
  const int density = 0;
  {
    const ProfileSpan step(SpanKind::step, "step");
    profiler_.claim(&density, "guide");
    profiler_.claim(&density, "model");
    EXPECT_STREQ(ProfileSpan::owner_of(&density, "objective"), "model");
  }
  const ProfileSpan step(SpanKind::step, "step");
  EXPECT_STREQ(ProfileSpan::owner_of(&density, "objective"), "objective");
}

TEST_F(Profiled, WhatLiesOutsideStepsIsCountedApartAndNotLookedInto) {
  const ProfilerScope scope(&profiler_);
  for (const std::int64_t long_work : {5, 7}) {
    const ProfileSpan span(SpanKind::apart, "validation"), guide(SpanKind::component, "guide");
    EXPECT_FALSE(guide.is_counted());
    work(long_work);
  }
  EXPECT_FALSE(ProfileSpan(SpanKind::component, "model").is_counted());
  ASSERT_EQ(profiler_.interludes().size(), 1u);
  EXPECT_EQ(profiler_.interludes()[0].count, 2);
  EXPECT_EQ(profiler_.interludes()[0].total, 12);
  EXPECT_EQ(profiler_.num_steps(), 0);
  const ProfilerScope off(nullptr);
  EXPECT_FALSE(ProfileSpan(SpanKind::step, "step").is_counted());
}

class LongProfile : public Profiled {
 protected:
  static Profiler::Options few() {
    Profiler::Options options;
    options.window = 4;
    options.time_line_steps = 3;
    options.time_line_events = 7;
    return options;
  }
  LongProfile() : Profiled(few()) {}
};

TEST_F(LongProfile, MemoryIsBoundedAndTheLatestStepsStay) {
  const ProfilerScope scope(&profiler_);
  for (int i = 1; i <= 10; ++i) {
    const ProfileSpan step(SpanKind::step, "step");
    const ProfileSpan guide(SpanKind::component, "guide");
    work(i);
    if (i < 9) continue;
    const ProfileSpan late(SpanKind::part, "late");
    work(100);
  }
  EXPECT_EQ(profiler_.latest(profiler_.step()), (std::vector<std::int64_t>{7, 8, 109, 110}));
  const ProfileNode& guide = *profiler_.step().parts.front();
  EXPECT_EQ(profiler_.latest(*guide.parts.front()), (std::vector<std::int64_t>{0, 0, 100, 100}));
  EXPECT_EQ(profiler_.total(), 55 + 200);
  // Steps 8, 9 and 10 would have eight events: whole steps go.
  ASSERT_EQ(profiler_.events().size(), 6u);
  EXPECT_EQ(profiler_.events().front().node, &profiler_.step());
  EXPECT_EQ(profiler_.events().front().step, 8);
  {
    const ProfileSpan step(SpanKind::step, "step");
    for (int i = 0; i < 20; ++i) ProfileSpan(SpanKind::component, "model");
  }
  EXPECT_EQ(profiler_.events().size(), 7u);  // of one step, its first
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
