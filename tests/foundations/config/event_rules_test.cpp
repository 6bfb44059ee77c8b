// Which models go with which kind of example.
#include <gmock/gmock.h>

#include "elbow/foundations/config/rules.h"
#include "support/fixture_schema.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Schema schema() {
  using P = Parameter;
  const auto row = &testing::fixture_row;
  const auto data = [&](const char* name, const char* event, const char* values) {
    return row("data",
               name,
               {P::text("response", "what is predicted").optional(),
                P::boolean("allow_nan", "gaps").defaults(false),
                P::number("missing", "share").optional(),
                P::text("mask", "where").optional()},
               {{"event", event}, {"values", values}, {"has_validation", false}});
  };
  const auto likelihood = P::component("likelihood", "likelihood", "p(x | z)");
  return Schema({row("section",
                     "experiment",
                     {P::component("data", "data", "the data set"),
                      P::component("model", "model", "p(x, z)")},
                     Json::object()),
                 data("table", "vector", "real"),
                 data("corpus", "bag_of_words", "count"),
                 data("series", "sequence", "real"),
                 row("likelihood", "bernoulli", {}, {{"support", "binary"}}),
                 row("likelihood", "continuous_bernoulli", {}, {{"support", "unit_interval"}}),
                 row("likelihood", "normal", {}, {{"support", "real"}}),
                 row("likelihood", "multinomial", {}, {{"has_independent_elements", false}}),
                 row("model", "latent", {likelihood}, {{"events", {"vector", "image"}}}),
                 row("model", "density", {}, {{"events", {"vector", "image"}}}),
                 row("model", "topics", {}, {{"events", {"bag_of_words"}}}),
                 row("model", "imputing", {likelihood}, {{"takes_gaps", true}})});
}

std::vector<RuleViolation> violations(const Json& data, const Json& model) {
  const Json guide = {{"posterior", {{"type", "diag_normal"}}}};
  return check_rules({{"data", data}, {"model", model}, {"guide", guide}}, schema());
}

TEST(EventRules, WordCountsAndSequencesNeedAModelOfTheirOwn) {
  for (const char* model : {"latent", "density"}) {
    const auto text = violations({{"type", "corpus"}}, {{"type", model}});
    ASSERT_THAT(text, SizeIs(1)) << model;
    EXPECT_EQ(text[0].path, "data.type");
    EXPECT_THAT(text[0].message,
                AllOf(HasSubstr("'corpus' are documents as word counts"), HasSubstr(model)));
    EXPECT_THAT(text[0].help, HasSubstr("elbow list model"));
    const auto series = violations({{"type", "series"}}, {{"type", model}});
    ASSERT_THAT(series, SizeIs(1)) << model;
    EXPECT_THAT(series[0].message, HasSubstr("are sequences of any length"));
    EXPECT_THAT(violations({{"type", "table"}}, {{"type", model}}), IsEmpty());
  }
  EXPECT_THAT(violations({{"type", "corpus"}}, {{"type", "topics"}}), IsEmpty());
  EXPECT_THAT(violations({{"type", "series"}}, {{"type", "topics"}}), IsEmpty());
}

TEST(EventRules, OneMistakeIsNamedOnce) {
  for (const char* likelihood : {"bernoulli", "continuous_bernoulli"})
    for (const char* data : {"corpus", "series"})
      EXPECT_THAT(violations({{"type", data}},
                             {{"type", "latent"}, {"likelihood", {{"type", likelihood}}}}),
                  SizeIs(1))
          << likelihood << " of " << data;
}

TEST(EventRules, AResponseNeedsAModelThatPredictsIt) {
  const Json data = {{"type", "table"}, {"response", "y"}};
  for (const char* model : {"latent", "density"}) {
    const auto found = violations(data, {{"type", model}});
    ASSERT_THAT(found, SizeIs(1)) << model;
    EXPECT_EQ(found[0].path, "data.response");
    EXPECT_EQ(found[0].help, "remove data.response");
  }
  EXPECT_THAT(violations(data, {{"type", "topics"}}), IsEmpty());
}

// Training on gaps ended with exit code 86 after an epoch of skipped steps.
TEST(EventRules, GapsAreForModelsWhoseRowTakesThem) {
  const Json gaps = {{"type", "table"}, {"allow_nan", true}};
  for (const char* model : {"latent", "density", "topics"}) {
    const auto found = violations(gaps, {{"type", model}});
    ASSERT_THAT(found, SizeIs(1)) << model;
    EXPECT_EQ(found[0].path, "data.allow_nan");
    EXPECT_THAT(found[0].message, AllOf(HasSubstr(model), HasSubstr("needs every value")));
    EXPECT_THAT(found[0].help, HasSubstr("remove data.allow_nan"));
  }
  const Json normal = {{"type", "imputing"}, {"likelihood", {{"type", "normal"}}}},
             multinomial = {{"type", "imputing"}, {"likelihood", {{"type", "multinomial"}}}};
  EXPECT_THAT(violations(gaps, normal), IsEmpty());
  const Json hidden = {{"type", "table"}, {"missing", 0.2}};
  EXPECT_THAT(violations(hidden, normal), IsEmpty());
  EXPECT_EQ(violations(hidden, {{"type", "topics"}}).at(0).path, "data.missing");
  const auto together = violations(gaps, multinomial);
  ASSERT_THAT(together, SizeIs(1));
  EXPECT_THAT(together[0].message, HasSubstr("'multinomial' scores all numbers of an example"));
  const auto alone = violations({{"type", "table"}, {"mask", "m.npy"}}, normal);
  ASSERT_THAT(alone, SizeIs(1));
  EXPECT_THAT(alone[0].help, HasSubstr("set data.allow_nan=true"));
  EXPECT_THAT(violations({{"type", "table"}, {"allow_nan", false}}, {{"type", "latent"}}),
              IsEmpty());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
