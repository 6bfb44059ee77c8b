#include "elbow/foundations/core/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ComponentInfo& info(const std::string& type) {
  for (const auto& row : schedule_factory().rows()) {
    if (row.info.name == type) return row.info;
  }
  throw std::logic_error("no schedule " + type);
}

/// What the loader does: every default written out, below nested schedules too.
Json resolved(Json value) {
  for (const auto& parameter : info(value.at("type")).parameters) {
    if (!value.contains(parameter.name) && parameter.default_value)
      value[parameter.name] = *parameter.default_value;
    if (parameter.type == ParameterType::schedule)
      value[parameter.name] = resolved(value[parameter.name]);
  }
  return value;
}

SchedulePtr make(const std::string& text) {
  return schedule_factory().create(ConfigNode(resolved(Json::parse(text)), "objective.beta"));
}

Clock at(std::int64_t step, double steps_per_epoch = 100, std::int64_t total_steps = 1000) {
  return {step, steps_per_epoch, total_steps};
}

std::string refusal(const std::string& text) {
  try {
    make(text);
  } catch (const UsageError& error) {
    EXPECT_FALSE(error.help().empty());
    return error.what();
  }
  return "accepted";
}

TEST(Schedule, ConstantNeverChanges) {
  const auto schedule = make(R"({"type": "constant", "value": 0.25})");
  EXPECT_EQ(schedule->value(at(0)), 0.25);
  EXPECT_EQ(schedule->value(at(1000000000)), 0.25);
}

TEST(Schedule, LinearIsExactAtBothEndsAndStaysAtTheLast) {
  const auto schedule = make(R"({"type": "linear", "from": 0.01, "to": 1.0, "over_epochs": 10})");
  EXPECT_EQ(schedule->value(at(0)), 0.01);
  EXPECT_DOUBLE_EQ(schedule->value(at(500)), 0.505);
  EXPECT_LT(schedule->value(at(999)), 1.0);
  EXPECT_EQ(schedule->value(at(1000)), 1.0);
  EXPECT_EQ(schedule->value(at(5000)), 1.0);
}

TEST(Schedule, LinearCountsStepsWhenAskedTo) {
  const auto schedule = make(R"({"type": "linear", "from": 2, "to": 0, "over_steps": 8})");
  EXPECT_DOUBLE_EQ(schedule->value(at(4, 1)), 1.0);
  EXPECT_DOUBLE_EQ(schedule->value(at(4, 12345)), 1.0);
}

TEST(Schedule, StepChangesWithTheFirstStepAfterTheBoundary) {
  const auto schedule =
      make(R"({"type": "step", "value": 1.0e-3, "factor": 0.63, "at_epochs": [200, 350]})");
  EXPECT_EQ(schedule->value(at(0)), 1e-3);
  EXPECT_EQ(schedule->value(at(19999)), 1e-3);
  EXPECT_DOUBLE_EQ(schedule->value(at(20000)), 0.63e-3);
  EXPECT_DOUBLE_EQ(schedule->value(at(34999)), 0.63e-3);
  EXPECT_DOUBLE_EQ(schedule->value(at(35000)), 0.63 * 0.63e-3);
}

TEST(Schedule, StepRepeatsWithEvery) {
  for (const std::string key : {R"("every_epochs": 3)", R"("every_steps": 300)"}) {
    const auto schedule = make(R"({"type": "step", "value": 8, "factor": 0.5, )" + key + "}");
    EXPECT_EQ(schedule->value(at(299)), 8);
    EXPECT_EQ(schedule->value(at(300)), 4);
    EXPECT_EQ(schedule->value(at(599)), 4);
    EXPECT_EQ(schedule->value(at(600)), 2);
  }
}

// A boundary at the end of an epoch must not slip by one step because epochs * steps_per_epoch was
// rounded up.
TEST(Schedule, BoundariesSurviveRounding) {
  for (int divisor = 1; divisor <= 200; ++divisor) {
    const double epoch = 21.0 / divisor,
                 steps_per_epoch = divisor;  // product: 21 steps, exactly or nearly
    const auto text =
        Json{{"type", "step"}, {"value", 1.0}, {"factor", 0.5}, {"at_epochs", {epoch}}}.dump();
    const auto every =
        Json{{"type", "step"}, {"value", 1.0}, {"factor", 0.5}, {"every_epochs", epoch}}.dump();
    for (const auto& schedule : {make(text), make(every)}) {
      EXPECT_EQ(schedule->value(at(20, steps_per_epoch)), 1.0) << divisor;
      EXPECT_EQ(schedule->value(at(21, steps_per_epoch)), 0.5) << divisor;
    }
  }
}

TEST(Schedule, MultistepTakesTheValueBetweenItsBoundaries) {
  const auto schedule = make(R"({"type": "multistep", "values": [3, 2, 5], "at_steps": [10, 20]})");
  const std::map<std::int64_t, double> expected{
      {0, 3}, {9, 3}, {10, 2}, {19, 2}, {20, 5}, {1000, 5}};
  for (const auto& [step, value] : expected) EXPECT_EQ(schedule->value(at(step)), value) << step;
}

TEST(Schedule, CosineRunsOverTheWholeRunOrItsOwnLength) {
  const auto whole = make(R"({"type": "cosine", "value": 3, "minimum": 1})");
  const auto own = make(R"({"type": "cosine", "value": 3, "minimum": 1, "over_epochs": 4})");
  EXPECT_EQ(whole->value(at(0)), 3);
  EXPECT_DOUBLE_EQ(whole->value(at(500)), 2);
  EXPECT_DOUBLE_EQ(whole->value(at(250)), 1 + (1 + std::sqrt(0.5)));
  EXPECT_EQ(whole->value(at(1000)), 1);
  EXPECT_DOUBLE_EQ(own->value(at(200)), 2);
  EXPECT_EQ(own->value(at(400)), 1);
  EXPECT_EQ(own->value(at(4000)), 1);
}

TEST(Schedule, CosineWithoutAnyLengthIsRefused) {
  const auto schedule = make(R"({"type": "cosine", "value": 3})");
  try {
    schedule->value(at(1, 100, /*total_steps=*/0));
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'over_epochs' or 'over_steps'"));
  }
}

TEST(Schedule, ExponentialMultipliesPerPeriod) {
  const auto schedule =
      make(R"({"type": "exponential", "value": 2, "rate": 0.5, "per_epochs": 2})");
  EXPECT_EQ(schedule->value(at(0)), 2);
  EXPECT_DOUBLE_EQ(schedule->value(at(100)), 2 * std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(schedule->value(at(600)), 0.25);
  EXPECT_DOUBLE_EQ(
      make(R"({"type": "exponential", "value": 2, "rate": 0.5, "per_steps": 3})")->value(at(6)),
      0.5);
  EXPECT_EQ(
      make(R"({"type": "exponential", "value": 2, "rate": 0.5, "per_steps": 3, "floor": 0.6})")
          ->value(at(6)),
      0.6);
}

TEST(Schedule, WarmupMeetsTheInnerScheduleWithoutAJump) {
  const std::string inner = R"({"type": "step", "value": 1, "factor": 0.5, "at_steps": [15]})";
  const auto schedule =
      make(R"({"type": "warmup", "from": 0.1, "over_steps": 10, "then": )" + inner + "}");
  const auto then = make(inner);
  EXPECT_DOUBLE_EQ(schedule->value(at(0)), 0.1);
  EXPECT_DOUBLE_EQ(schedule->value(at(5)), 0.55);
  for (const int step : {10, 14, 15, 100})
    EXPECT_EQ(schedule->value(at(step)), then->value(at(step))) << step;
}

TEST(Schedule, WarmupScalesAnInnerScheduleThatMoves) {
  const auto schedule = make(
      R"({"type": "warmup", "over_steps": 10,
          "then": {"type": "linear", "from": 4, "to": 0, "over_steps": 20}})");
  EXPECT_EQ(schedule->value(at(0)), 0);
  EXPECT_DOUBLE_EQ(schedule->value(at(5)), 0.5 * 3);
  EXPECT_DOUBLE_EQ(schedule->value(at(10)), 2);
}

struct Refused {
  std::string text;
  std::vector<std::string> says;
};

TEST(Schedule, TwoOrNoTimesAreRefusedNamingTheKeys) {
  const std::vector<Refused> cases{
      {R"({"type": "linear", "from": 0, "to": 1})",
       {"objective.beta", "'over_epochs' or 'over_steps'", "got none"}},
      {R"({"type": "linear", "from": 0, "to": 1, "over_epochs": 1, "over_steps": 5})",
       {"got 'over_epochs' and 'over_steps'"}},
      {R"({"type": "step", "value": 1, "factor": 0.5})",
       {"'at_epochs', 'at_steps', 'every_epochs' or 'every_steps'", "got none"}},
      {R"({"type": "step", "value": 1, "factor": 0.5, "at_steps": [1], "every_steps": 5})",
       {"got 'at_steps' and 'every_steps'"}},
      {R"({"type": "multistep", "values": [1, 2], "at_steps": [1], "at_epochs": [5]})",
       {"got 'at_epochs' and 'at_steps'"}},
      {R"({"type": "multistep", "values": [1, 2]})", {"'at_epochs' or 'at_steps'", "got none"}},
      {R"({"type": "cosine", "value": 1, "over_epochs": 1, "over_steps": 5})",
       {"got 'over_epochs' and 'over_steps'"}},
      {R"({"type": "exponential", "value": 1, "rate": 0.5})",
       {"'per_epochs' or 'per_steps'", "got none"}},
      {R"({"type": "exponential", "value": 1, "rate": 0.5, "per_epochs": 1, "per_steps": 5})",
       {"got 'per_epochs' and 'per_steps'"}},
      {R"({"type": "warmup", "then": {"type": "constant", "value": 1}})",
       {"'over_epochs' or 'over_steps'", "got none"}},
      {R"({"type": "warmup", "over_steps": 3, "then": {"type": "linear", "from": 0, "to": 1}})",
       {"objective.beta.then"}},
  };
  for (const auto& [text, says] : cases) {
    const std::string message = refusal(text);
    for (const auto& part : says) EXPECT_THAT(message, HasSubstr(part)) << text;
  }
}

TEST(Schedule, BoundariesMustAscendAndMatchTheValues) {
  EXPECT_THAT(refusal(R"({"type": "step", "value": 1, "factor": 0.5, "at_steps": [5, 5]})"),
              HasSubstr("at_steps"));
  EXPECT_THAT(refusal(R"({"type": "step", "value": 1, "factor": 0.5, "at_epochs": [7, 5]})"),
              HasSubstr("[7.0,5.0]"));
  EXPECT_THAT(refusal(R"({"type": "step", "value": 1, "factor": 0.5, "at_epochs": [0, 5]})"),
              HasSubstr("at_epochs"));
  const std::string message =
      refusal(R"({"type": "multistep", "values": [1, 2], "at_epochs": [1, 2]})");
  EXPECT_THAT(message, HasSubstr("'values'"));
  EXPECT_THAT(message, HasSubstr("'at_epochs'"));
  EXPECT_THAT(message, HasSubstr("got 2 and 2"));
}

TEST(RobbinsMonro, IsAPowerOfTheDelayedStepFromOne) {
  const auto steps = make(R"({"type": "robbins_monro", "delay": 3, "kappa": 0.6})");
  EXPECT_DOUBLE_EQ(steps->value(at(0)), std::pow(4.0, -0.6));
  EXPECT_DOUBLE_EQ(steps->value(at(96)), std::pow(100.0, -0.6));
  EXPECT_EQ(make(R"({"type": "robbins_monro", "delay": 0, "kappa": 1})")->value(at(0)), 1.0);
}

/// One configuration per registered schedule: a new row without one fails here.
const std::map<std::string, std::string> kExamples{
    {"constant", R"({"type": "constant", "value": 0.5})"},
    {"linear", R"({"type": "linear", "from": 0.01, "to": 1, "over_epochs": 2.5})"},
    {"step", R"({"type": "step", "value": 1, "factor": 0.5, "every_epochs": 2})"},
    {"multistep", R"({"type": "multistep", "values": [1, 0.5], "at_steps": [333]})"},
    {"cosine", R"({"type": "cosine", "value": 1})"},
    {"exponential", R"({"type": "exponential", "value": 1, "rate": 0.9, "per_epochs": 1})"},
    {"robbins_monro", R"({"type": "robbins_monro", "delay": 1, "kappa": 0.7})"},
    {"sigmoid", R"({"type": "sigmoid", "from": 0, "to": 1, "over_steps": 50})"},
    {"cyclical", R"({"type": "cyclical", "from": 0, "to": 1, "over_epochs": 3})"},
    {"warmup", R"({"type": "warmup", "over_steps": 77, "then": {"type": "cosine", "value": 1}})"},
};

TEST(ScheduleConformance, EveryRowIsDescribedResolvesAndReadsAllItsKeys) {
  for (const auto& row : schedule_factory().rows()) {
    SCOPED_TRACE(row.info.name);
    EXPECT_EQ(row.info.kind, "schedule");
    EXPECT_FALSE(row.info.summary.empty());
    ASSERT_EQ(kExamples.count(row.info.name), 1u);
    const ConfigNode node(resolved(Json::parse(kExamples.at(row.info.name))), "beta");
    const auto schedule = schedule_factory().create(node);
    EXPECT_THAT(node.unread(), IsEmpty());
    EXPECT_TRUE(std::isfinite(schedule->value(at(0))));
  }
}

// A resumed run asks in another order than an uninterrupted one.
TEST(ScheduleConformance, ValuesDependOnTheClockAlone) {
  for (const auto& row : schedule_factory().rows()) {
    SCOPED_TRACE(row.info.name);
    const auto& text = kExamples.at(row.info.name);
    const auto forward = make(text), backward = make(text);
    std::vector<double> ascending, descending;
    for (int step = 0; step <= 1200; ++step) ascending.push_back(forward->value(at(step)));
    for (int step = 1200; step >= 0; --step) descending.push_back(backward->value(at(step)));
    EXPECT_EQ(ascending, std::vector<double>(descending.rbegin(), descending.rend()));
    EXPECT_EQ(ascending[600], forward->value(at(600)));
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
