#include "elbow/runs/train/nan_policy.h"

#include <gtest/gtest.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

using Action = NanPolicy::Action;

TEST(NanPolicy, SkipsThreeInARowThenRollsBackTwiceThenGivesUp) {
  NanPolicy policy(NanPolicy::Kind::rollback);
  for (int round = 1; round <= 2; ++round) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(policy.observe(false), Action::skip);
    EXPECT_EQ(policy.observe(false), Action::rollback);
    EXPECT_EQ(policy.rollbacks(), round);
    EXPECT_EQ(policy.rate_factor(), round == 1 ? 0.5 : 0.25);
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(policy.observe(false), Action::skip);
  EXPECT_EQ(policy.observe(false), Action::give_up);
}

TEST(NanPolicy, AFiniteStepStartsTheCountAgain) {
  NanPolicy policy(NanPolicy::Kind::skip);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(policy.observe(false), Action::skip);
    EXPECT_EQ(policy.observe(false), Action::skip);
    EXPECT_EQ(policy.observe(true), Action::go_on);
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(policy.observe(false), Action::skip);
  EXPECT_EQ(policy.observe(false), Action::give_up);
}

TEST(NanPolicy, StopGivesUpAtOnce) {
  EXPECT_EQ(NanPolicy(NanPolicy::Kind::stop).observe(false), Action::give_up);
}

TEST(NanPolicy, StateGoesThroughJsonAndRollbacksAreNeverForgotten) {
  NanPolicy policy(NanPolicy::Kind::rollback);
  policy.observe(false);
  NanPolicy other(NanPolicy::Kind::rollback);
  other.from_json(policy.to_json());
  EXPECT_EQ(other.skips_in_a_row(), 1);
  for (int i = 0; i < 3; ++i) policy.observe(false);
  ASSERT_EQ(policy.rollbacks(), 1);
  policy.from_json(
      NanPolicy(NanPolicy::Kind::rollback).to_json());  // the checkpoint that was rolled back to
  EXPECT_EQ(policy.rollbacks(), 1);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
