#include "elbow/foundations/core/traits.h"

#include <gtest/gtest.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Every kind with its defaults, from the variant itself.
template <std::size_t... Index>
std::vector<Traits> all_kinds(std::index_sequence<Index...> /*of*/) {
  return {Traits(std::variant_alternative_t<Index + 1, Traits>{})...};
}

TEST(Traits, OfEveryKindSurviveJson) {
  const auto kinds = all_kinds(std::make_index_sequence<std::variant_size_v<Traits> - 1>{});
  ASSERT_GT(kinds.size(), 10u);
  for (const Traits& traits : kinds) {
    const std::string kind = kind_of(traits);
    EXPECT_FALSE(kind.empty());
    const Json json = traits_to_json(traits);
    const Traits again = traits_from_json(kind, json);
    EXPECT_EQ(again.index(), traits.index()) << kind;
    EXPECT_EQ(traits_to_json(again), json) << kind;
  }
}

TEST(Traits, KeepWhatIsNotTheDefault) {
  ModelTraits model;
  model.fitting = Fitting::closed_form;
  model.events = {EventKind::sequence, EventKind::vector};
  model.needs_data = false;
  const Json json = traits_to_json(model);
  EXPECT_EQ(json.at("fitting"), "closed_form");
  EXPECT_EQ(json.at("events"), Json({"sequence", "vector"}));
  const auto again = std::get<ModelTraits>(traits_from_json("model", json));
  EXPECT_EQ(again.fitting, Fitting::closed_form);
  EXPECT_EQ(again.events, model.events);
  EXPECT_FALSE(again.needs_data);
}

TEST(Traits, AMisspeltNameOrWordIsRefused) {
  EXPECT_THROW(traits_from_json("flow", {{"has_invers", true}}), std::logic_error);
  EXPECT_THROW(traits_from_json("prior", {{"support", "reel"}}), std::logic_error);
  EXPECT_THROW(traits_from_json("optimizer", {{"is_fast", true}}), std::logic_error);
}

TEST(Guarantee, IsABooleanOrACondition) {
  for (const Guarantee& one :
       {Guarantee::always(), Guarantee::never(), Guarantee::holds("for K = 1")})
    EXPECT_EQ(Guarantee::from_json(one.to_json()), one);
  EXPECT_EQ(Guarantee::always().to_json(), Json(true));
  EXPECT_EQ(Guarantee::holds("for K = 1").to_json(), Json("for K = 1"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
