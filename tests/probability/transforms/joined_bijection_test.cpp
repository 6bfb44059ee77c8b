#include "elbow/probability/transforms/joined_bijection.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "probability/transforms/support_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using namespace elbow::testing;
using ::testing::HasSubstr;

double largest(const Tensor& x) { return x.numel() == 0 ? 0 : x.abs().max().item<double>(); }

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::logic_error& error) {
    return std::string("logic_error: ") + error.what();
  }
  return "nothing was thrown";
}

JoinedBijection three() {
  return JoinedBijection({{"scale", Support::positive(), {}},
                          {"weights", Support::simplex(), {3}},
                          {"location", Support::real(), {2, 2}}});
}

std::vector<JoinedBijection::Variable> all_examples() {
  std::vector<JoinedBijection::Variable> out;
  for (const SupportExample& example : support_examples())
    out.push_back({std::to_string(out.size()), example.support, example.event_shape});
  return out;
}

TEST(JoinedBijection, LaysVariablesSideBySideInOrder) {
  const JoinedBijection joined = three();
  EXPECT_EQ(joined.size(), 7);
  ASSERT_EQ(joined.slices().size(), 3u);
  EXPECT_EQ(joined.slices()[0].begin, 0);
  EXPECT_EQ(joined.slices()[1].begin, 1);
  EXPECT_EQ(joined.slices()[1].size, 2);
  EXPECT_EQ(joined.slices()[2].begin, 3);
  EXPECT_EQ(joined.slices()[2].size, 4);
  const Tensor flat = normal_numbers({5, 7}, 1);
  const auto found = joined.forward(flat);
  EXPECT_LT(largest(found[0].value - flat.select(1, 0).exp()), 1e-14);
  EXPECT_TRUE(at::equal(found[0].log_det, flat.select(1, 0)));
  EXPECT_TRUE(at::equal(found[2].value, flat.narrow(1, 3, 4).view({5, 2, 2})));
  EXPECT_EQ(largest(found[2].log_det), 0);
}

TEST(JoinedBijection, GivesEachVariableItsOwnBijection) {
  const JoinedBijection joined(all_examples());
  for (const Shape& batch : {Shape{}, Shape{4}, Shape{2, 3}}) {
    const Tensor flat = normal_numbers(batch_of(batch, {joined.size()}), 2);
    const auto found = joined.forward(flat);
    ASSERT_EQ(found.size(), joined.slices().size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& slice = joined.slices()[i];
      const auto& [name, support, event_shape] = slice.variable;
      const Tensor part = flat.narrow(-1, slice.begin, slice.size)
                              .reshape(batch_of(batch, support.unconstrained_shape(event_shape)));
      const auto [value, log_det] = support.bijection(event_shape)->forward_and_log_det(part);
      EXPECT_TRUE(at::equal(found[i].value, value)) << support.text();
      EXPECT_TRUE(at::equal(found[i].log_det, log_det)) << support.text();
      EXPECT_EQ(found[i].log_det.sizes(), at::IntArrayRef(batch));
      EXPECT_TRUE(support.contains(found[i].value, event_shape).all().item<bool>());
    }
  }
}

TEST(JoinedBijection, InverseReturnsTheVectorAndTheNegativeLogDeterminants) {
  const JoinedBijection joined(all_examples());
  for (const Shape& batch : {Shape{}, Shape{4}, Shape{2, 3}}) {
    const Tensor flat = normal_numbers(batch_of(batch, {joined.size()}), 3);
    const auto found = joined.forward(flat);
    std::vector<Tensor> values;
    for (const auto& constrained : found) values.push_back(constrained.value);
    const auto back = joined.inverse(values);
    EXPECT_LT(largest(back.flat - flat), 1e-11);
    ASSERT_EQ(back.log_dets.size(), found.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_LT(largest(back.log_dets[i] + found[i].log_det), 1e-11);
  }
}

TEST(JoinedBijection, EveryNumberOfTheVectorGetsAGradientOfItsVariableOnly) {
  const JoinedBijection joined = three();
  const Tensor flat = normal_numbers({7}, 4).requires_grad_();
  const auto weights = joined.forward(flat)[1];
  (weights.value.square().sum() + weights.log_det).backward();
  const Tensor is_used = flat.grad() != 0;
  EXPECT_TRUE(at::equal(is_used, at::tensor({0, 1, 1, 0, 0, 0, 0}).to(at::kBool))) << flat.grad();
}

TEST(JoinedBijection, SaysInWordsWhatDoesNotFit) {
  const JoinedBijection joined = three();
  EXPECT_THAT(message_of([&] {
                joined.forward(normal_numbers({5, 8}, 1));
              }),
              HasSubstr("joined bijection: expected a shape that ends in [7], got [5, 8]"));
  const Tensor scale = at::ones({4}, at::kDouble), weights = at::full({4, 3}, 1 / 3.0, at::kDouble);
  const Tensor location = at::zeros({4, 2, 2}, at::kDouble);
  EXPECT_THAT(message_of([&] {
                joined.inverse({scale, weights});
              }),
              HasSubstr("expected 3 values, got 2"));
  EXPECT_THAT(message_of([&] {
                joined.inverse({scale, weights, location.narrow(-1, 0, 1)});
              }),
              HasSubstr("location: expected a shape that ends in [2, 2], got [4, 2, 1]"));
  EXPECT_THAT(message_of([&] {
                joined.inverse({scale, weights, location[0]});
              }),
              HasSubstr("'location' has batch shape [] but 'scale' has [4]"));
  EXPECT_THAT(message_of([] {
                JoinedBijection({{"a", Support::real(), {}}, {"a", Support::positive(), {}}});
              }),
              HasSubstr("logic_error: two variables are called 'a'"));
  EXPECT_THAT(message_of([] {
                JoinedBijection({{"coin", Support::binary(), {3}}});
              }),
              HasSubstr("logic_error: coin: no bijection"));
  EXPECT_THAT(message_of([] { JoinedBijection({}); }), HasSubstr("needs at least one variable"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
