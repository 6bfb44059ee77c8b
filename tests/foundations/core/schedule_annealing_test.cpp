// The ways that the weight of a KL takes.
#include <gtest/gtest.h>

#include "elbow/foundations/core/schedule.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

double value_at(const Json& schedule, std::int64_t step, double steps_per_epoch = 1) {
  return schedule_factory().create(ConfigNode(schedule))->value({step, steps_per_epoch, 0});
}

TEST(Annealing, SigmoidIsExactAtItsEndsAndHalfwayInTheMiddle) {
  const Json sigmoid = {
      {"type", "sigmoid"}, {"from", 0.2}, {"to", 1.0}, {"steepness", 10.0}, {"over_steps", 100}};
  EXPECT_DOUBLE_EQ(value_at(sigmoid, 0), 0.2);
  EXPECT_DOUBLE_EQ(value_at(sigmoid, 50), 0.6);
  EXPECT_EQ(value_at(sigmoid, 100), 1.0);
  EXPECT_EQ(value_at(sigmoid, 100000), 1.0);
  // A quarter of the way along, (s(-2.5) - s(-5)) / (s(5) - s(-5)) of it.
  EXPECT_NEAR(value_at(sigmoid, 25), 0.2 + 0.8 * 0.0701037165, 1e-8);
}

TEST(Annealing, CyclesRiseAndStayAndBeginAgain) {
  const Json cyclical = {{"type", "cyclical"},
                         {"from", 0.0},
                         {"to", 1.0},
                         {"rise", 0.5},
                         {"num_cycles", 4},
                         {"over_epochs", 4}};
  const auto at_step = [&](std::int64_t step) { return value_at(cyclical, step, 100); };
  EXPECT_EQ(at_step(0), 0.0);
  EXPECT_NEAR(at_step(25), 0.5, 1e-12);
  EXPECT_EQ(at_step(50), 1.0);
  EXPECT_EQ(at_step(99), 1.0);
  EXPECT_NEAR(at_step(100), 0.0, 1e-12);
  EXPECT_NEAR(at_step(325), 0.5, 1e-12);
  EXPECT_EQ(at_step(400), 1.0);
  EXPECT_EQ(at_step(4000), 1.0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
