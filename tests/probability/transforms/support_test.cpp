// What supports say of themselves, and exact facts about their bijections.
#include "elbow/probability/transforms/support.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "elbow/foundations/core/traits/support_kind.h"
#include "elbow/probability/transforms/composed.h"
#include "elbow/probability/transforms/correlation_cholesky.h"
#include "elbow/probability/transforms/covariance_cholesky.h"
#include "elbow/probability/transforms/identity.h"
#include "elbow/probability/transforms/scaled_sigmoid.h"
#include "elbow/probability/transforms/shifted_exponential.h"
#include "elbow/probability/transforms/stick_breaking.h"
#include "probability/distributions/examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

const auto kOptions = at::TensorOptions(at::kDouble);

Tensor numbers(const std::vector<double>& values) { return at::tensor(values, kOptions); }

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

TEST(Support, NamesAreThoseOfTheFactoryRowsAndHoldTheirDraws) {
  for (const auto& row : distribution_factory().rows()) {
    const auto& traits = std::get<DistributionRowTraits>(row.info.traits);
    if (traits.support == SupportKind::grid) continue;  // its levels are the distribution's own
    const std::string name = word_of(traits.support);
    const auto support = support_named(name);
    ASSERT_TRUE(support) << row.info.name << " has support " << name;
    EXPECT_EQ(support->is_discrete(), traits.is_discrete) << row.info.name;
    for (const auto dtype : {at::kFloat, at::kDouble}) {
      const auto p = testing::example(row.info.name, {2}, 1, dtype);
      auto source = testing::seeded(2);
      const Tensor draws = p->sample({1000}, source);
      EXPECT_TRUE(support->contains(draws, p->event_shape()).all().item<bool>()) << row.info.name;
    }
  }
}

TEST(Support, EachHasATextOfItsOwn) {
  std::set<std::string> texts;
  for (const Support& support : all_supports()) texts.insert(support.text());
  EXPECT_EQ(texts.size(), all_supports().size());
  EXPECT_EQ(Support::interval(-1, 2.5).text(), "interval(-1, 2.5)");
  EXPECT_EQ(Support::interval(-1, 2.5).name(), "interval");
  EXPECT_EQ(Support::simplex().text(), "simplex");
  EXPECT_EQ(support_named("simplex"), Support::simplex());
  EXPECT_FALSE(support_named("interval"));
  EXPECT_FALSE(support_named("simplx"));
}

TEST(Support, IsEqualWithTheSameNameAndBounds) {
  EXPECT_EQ(Support::positive(), Support::positive());
  EXPECT_NE(Support::positive(), Support::greater_than(0));
  EXPECT_EQ(Support::less_than(2), Support::less_than(2));
  EXPECT_NE(Support::less_than(2), Support::less_than(2.0000001));
  EXPECT_NE(Support::interval(0, 1), Support::unit_interval());
}

TEST(Support, WithoutABijectionSaysSo) {
  for (const Support& support : all_supports()) {
    if (support.has_bijection()) continue;
    for (const auto& ask : std::vector<std::function<void()>>{
             [&] { support.bijection({3}); }, [&] { support.unconstrained_shape({3}); }})
      EXPECT_THAT(
          message_of(ask),
          HasSubstr("logic_error: no bijection maps unconstrained space onto the support '" +
                    support.text() + "'"));
  }
  EXPECT_FALSE(Support::sphere().has_bijection() || Support::sphere().is_discrete());
  for (const Support& support :
       {Support::binary(), Support::integer(), Support::count(), Support::one_hot()})
    EXPECT_TRUE(support.is_discrete() && !support.has_bijection()) << support.text();
}

TEST(Support, SaysInWordsWhichShapesItsEventsHave) {
  EXPECT_THAT(message_of([] { Support::simplex().bijection({}); }),
              HasSubstr("expected a shape [..., K] with K >= 1, got []"));
  EXPECT_THAT(message_of([] { Support::ordered().bijection({0}); }),
              HasSubstr("expected a shape [..., D] with D >= 1, got [0]"));
  EXPECT_THAT(message_of([] {
                Support::cholesky_covariance().bijection({3, 2});
              }),
              HasSubstr("expected a square matrix [..., n, n], got shape [3, 2]"));
  EXPECT_THAT(message_of([] { Support::cholesky_correlation().bijection({3}); }),
              HasSubstr("expected a square matrix [..., n, n], got shape [3]"));
  EXPECT_THAT(message_of([] {
                Support::simplex().contains(at::ones({2, 3}), {4});
              }),
              HasSubstr("simplex: expected a shape that ends in [4], got [2, 3]"));
  EXPECT_THAT(message_of([] { Support::simplex().contains(at::ones({}), {}); }),
              HasSubstr("simplex: expected events with at least 1 dimension(s), got shape []"));
  EXPECT_THAT(message_of([] {
                CovarianceCholesky().forward_shape({2, 4});
              }),
              HasSubstr("no lower triangle with its diagonal has 4 numbers; of 3 rows it has 6"));
  EXPECT_THAT(
      message_of([] { CorrelationCholesky().forward_shape({2}); }),
      HasSubstr("no lower triangle without its diagonal has 2 numbers; of 3 rows it has 3"));
  EXPECT_THAT(message_of([] { Support::interval(2, 1); }), HasSubstr("the lower below the upper"));
  EXPECT_THAT(message_of([] { Support::greater_than(INFINITY); }), HasSubstr("finite bound"));
}

TEST(Support, UnconstrainedShapesCountTheFreeNumbers) {
  EXPECT_EQ(Support::real().unconstrained_shape({}), Shape({}));
  EXPECT_EQ(Support::positive().unconstrained_shape({2, 3}), Shape({2, 3}));
  EXPECT_EQ(Support::simplex().unconstrained_shape({5, 4}), Shape({5, 3}));
  EXPECT_EQ(Support::ordered().unconstrained_shape({4}), Shape({4}));
  EXPECT_EQ(Support::cholesky_covariance().unconstrained_shape({3, 3}), Shape({6}));
  EXPECT_EQ(Support::cholesky_correlation().unconstrained_shape({2, 3, 3}), Shape({2, 3}));
}

TEST(Support, ZeroGoesToTheMiddle) {
  const auto middle = [](const Support& support, const Shape& event) {
    return support.bijection(event)
        ->forward_and_log_det(at::zeros(support.unconstrained_shape(event), kOptions))
        .first;
  };
  const auto expect = [&](const Support& support, const Tensor& value) {
    const Tensor found = middle(support, value.sizes().vec());
    EXPECT_LT((found - value).abs().max().item<double>(), 1e-15) << support.text() << found;
  };
  expect(Support::real(), numbers({0, 0}));
  expect(Support::positive(), numbers({1, 1}));
  expect(Support::unit_interval(), numbers({0.5}));
  expect(Support::greater_than(-1.5), numbers({-0.5}));
  expect(Support::less_than(2), numbers({1}));
  expect(Support::interval(-1, 3), numbers({1}));
  expect(Support::simplex(), at::full({5}, 0.2, kOptions));
  expect(Support::ordered(), numbers({0, 1, 2}));
  expect(Support::positive_ordered(), numbers({1, 2, 3}));
  expect(Support::cholesky_covariance(), at::eye(3, kOptions));
  expect(Support::cholesky_correlation(), at::eye(3, kOptions));
}

bool holds(const Support& support, const Tensor& value) {
  return support.contains(value, value.sizes().vec()).item<bool>();
}

TEST(Support, ContainsWhatLiesOnItAndNothingElse) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const struct {
    Support support;
    std::vector<Tensor> inside, outside;
  } cases[] = {
      {Support::real(), {numbers({-3, 0})}, {numbers({0, infinity}), numbers({nan})}},
      {Support::positive(), {numbers({1e-300, 5})}, {numbers({0}), numbers({1, infinity})}},
      {Support::unit_interval(), {numbers({0, 1})}, {numbers({-1e-9}), numbers({nan})}},
      {Support::greater_than(-1), {numbers({-0.9})}, {numbers({-1}), numbers({nan})}},
      {Support::less_than(2), {numbers({-9, 1.9})}, {numbers({2}), numbers({-infinity})}},
      {Support::interval(-1, 3), {numbers({-1, 3})}, {numbers({3.1}), numbers({-1.1})}},
      {Support::simplex(),
       {numbers({0.1, 0.2, 0.7}), numbers({1})},
       {numbers({0.5, 0.6}), numbers({1.5, -0.5}), numbers({nan, 1})}},
      {Support::ordered(), {numbers({-1, 0, 0, 4})}, {numbers({0, -1}), numbers({1, infinity})}},
      {Support::positive_ordered(), {numbers({0.1, 4})}, {numbers({0, 4}), numbers({2, 1})}},
      {Support::cholesky_covariance(),
       {numbers({2, 0, -1, 0.1}).view({2, 2})},
       {numbers({2, 1, -1, 0.1}).view({2, 2}), numbers({2, 0, -1, 0}).view({2, 2})}},
      {Support::cholesky_correlation(),
       {numbers({1, 0, -0.6, 0.8}).view({2, 2})},
       {numbers({2, 0, -0.6, 0.8}).view({2, 2}), numbers({1, 0, 0.6, -0.8}).view({2, 2})}},
      {Support::sphere(), {numbers({0.6, -0.8})}, {numbers({0.6, 0.6}), numbers({nan, 1})}},
      {Support::binary(), {numbers({0, 1}), at::ones({2}, at::kLong)}, {numbers({0.5})}},
      {Support::integer(), {numbers({-3, 7})}, {numbers({0.5}), numbers({infinity})}},
      {Support::count(), {numbers({0, 7})}, {numbers({-1}), numbers({0.5}), numbers({infinity})}},
      {Support::one_hot(),
       {numbers({0, 1, 0}), numbers({0, 1, 1, 0})},
       {numbers({0, 0}), numbers({0.5, 0.5}), numbers({1, 2})}}};
  EXPECT_EQ(std::size(cases), all_supports().size());
  for (const auto& [support, inside, outside] : cases) {
    for (const Tensor& value : inside)
      EXPECT_TRUE(holds(support, value)) << support.text() << value;
    for (const Tensor& value : outside)
      EXPECT_FALSE(holds(support, value)) << support.text() << value;
  }
}

TEST(Support, OneWrongPartMakesAnEventWrong) {
  const Tensor value = numbers({0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.6}).view({2, 2, 2});
  const Tensor found = Support::simplex().contains(value, {2, 2});
  EXPECT_TRUE(found[0].item<bool>());
  EXPECT_FALSE(found[1].item<bool>());
}

TEST(Support, MapsOntoTheInteriorSoThatDensitiesAtTheEndsStayFinite) {
  for (const auto dtype : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16}) {
    const Tensor x = at::tensor({-60.0, 60.0}, at::TensorOptions(at::kFloat)).to(dtype);
    for (const auto& [lower, upper] : {std::pair(0.0, 1.0), {-1.0, 3.0}, {1e3, 1e3 + 64}}) {
      const Tensor y = ScaledSigmoid(lower, upper).forward_and_log_det(x).first;
      EXPECT_TRUE(((y > lower) & (y < upper)).all().item<bool>()) << lower << dtype << y;
      using Side = ShiftedExponential::Side;
      const Tensor low = x.narrow(0, 0, 1);
      const Tensor above = ShiftedExponential(lower, Side::above).forward_and_log_det(low).first;
      const Tensor below = ShiftedExponential(upper, Side::below).forward_and_log_det(low).first;
      EXPECT_TRUE((above > lower).item<bool>() && (below < upper).item<bool>()) << lower << dtype;
    }
  }
}

TEST(CorrelationCholesky, InverseKeepsItsDigitsWhereSquaresUnderflow) {
  const Tensor x = numbers({300, 0.5, -2, 20, -30, 10});
  const CorrelationCholesky bijection;
  const auto [back, log_det] =
      bijection.inverse_and_log_det(bijection.forward_and_log_det(x).first);
  EXPECT_LT((back - x).abs().max().item<double>(), 1e-10) << back;
  EXPECT_TRUE(log_det.isfinite().all().item<bool>());
}

TEST(Composed, ChainsEventsWhoseShapeChanges) {
  const auto breaking = std::make_shared<StickBreaking>();
  const Composed both({std::make_shared<Composed>(std::vector<TransformPtr>{}), breaking});
  EXPECT_EQ(both.forward_shape({5, 3}), Shape({5, 4}));
  EXPECT_EQ(both.inverse_shape({5, 4}), Shape({5, 3}));
  const Composed matrix({std::make_shared<CovarianceCholesky>()});
  EXPECT_EQ(matrix.event_ndims(), 1);
  EXPECT_EQ(matrix.output_event_ndims(), 2);
  EXPECT_THAT(message_of([&] {
                Composed({std::make_shared<Identity>(), breaking});
              }),
              HasSubstr("identity returns events with 0 dimension(s), but stick_breaking after it "
                        "takes events with 1"));
}

// Rules have no tensors and ask the kind instead.
TEST(Supports, OfAKindHaveTheBijectionThatRulesCountOn) {
  for (const auto& [kind, name] : words(SupportKind{})) {
    const auto support = support_named(name);
    EXPECT_EQ(has_map_from_reals(kind), support.has_value() && support->has_bijection()) << name;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
