#include "elbow/foundations/core/component.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace elbow {
namespace ELBOW_TEST_FILE {

TEST(Parameter, ChainSetsEveryField) {
  const Parameter p = Parameter::number("rate", "step size")
                          .defaults(0.1)
                          .above(0)
                          .at_most(1)
                          .or_word("auto")
                          .in_unit("nats");
  EXPECT_EQ(*p.default_value, Json(0.1));
  EXPECT_TRUE(p.exclusive_minimum);
  EXPECT_FALSE(p.exclusive_maximum);
  EXPECT_EQ(*p.maximum, 1.0);
  EXPECT_EQ(p.word, "auto");
  EXPECT_EQ(p.unit, "nats");
  EXPECT_FALSE(Parameter::number("a", "b").default_value.has_value());
  EXPECT_TRUE(Parameter::number("a", "b").optional().default_value->is_null());
  EXPECT_EQ(Parameter::schedule("a", "b").kind, "schedule");
}

TEST(Parameter, EveryTypeSurvivesJson) {
  const Parameter all[] = {Parameter::boolean("a", "h").defaults(true),
                           Parameter::integer("a", "h").at_least(1).below(9),
                           Parameter::number("a", "h").defaults(0.1).above(0).at_most(1),
                           Parameter::text("a", "h").defaults(""),
                           Parameter::file("a", "h").optional(),
                           Parameter::choice("a", {"x", "y"}, "h").defaults("x"),
                           Parameter::integers("a", "h").defaults({1, 2}),
                           Parameter::numbers("a", "h").defaults({0.5}),
                           Parameter::texts("a", "h").defaults(Json::array()),
                           Parameter::duration("a", "h").defaults("90s").in_unit("s"),
                           Parameter::schedule("a", "h").defaults(1.0).or_word("auto"),
                           Parameter::component("a", "prior", "h").defaults({{"type", "n"}}),
                           Parameter::components("a", "flow", "h"),
                           Parameter::section("a", "trainer", "h")};
  for (const auto& parameter : all) {
    const Parameter again = Parameter::from_json(Json::parse(parameter.to_json().dump()));
    EXPECT_EQ(again.to_json().dump(), parameter.to_json().dump());
    EXPECT_EQ(again.type, parameter.type);
    EXPECT_EQ(again.default_value.has_value(), parameter.default_value.has_value());
    EXPECT_EQ(again.exclusive_maximum, parameter.exclusive_maximum);
  }
  Json wrong = all[0].to_json();
  wrong["type"] = "tensor";
  EXPECT_THROW(Parameter::from_json(wrong), std::logic_error);
}

TEST(ComponentInfo, SurvivesJson) {
  ComponentInfo info;
  info.kind = "objective";
  info.name = "elbo";
  info.summary = "s";
  info.paper = "p";
  info.parameters = {Parameter::integer("k", "particles")};
  ObjectiveTraits traits;
  traits.unbiased = {"pathwise"};
  traits.is_lower_bound = Guarantee::holds("for K = 1");
  info.traits = traits;
  const ComponentInfo again = ComponentInfo::from_json(Json::parse(info.to_json().dump()));
  EXPECT_EQ(again.to_json().dump(), info.to_json().dump());
  const auto* found = again.find_traits<ObjectiveTraits>();
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->unbiased, traits.unbiased);
  EXPECT_EQ(found->is_lower_bound, traits.is_lower_bound);
  EXPECT_EQ(again.find_traits<FlowTraits>(), nullptr);
  EXPECT_NE(again.find("k"), nullptr);
  EXPECT_EQ(again.find("j"), nullptr);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
