#include "elbow/foundations/config/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/config/rules.h"
#include "elbow/foundations/core/error.h"
#include "support/fixture_schema.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Schema& schema() { return testing::fixture_schema(); }

TEST(Schema, SurvivesJson) {
  const Schema again = Schema::from_json(Json::parse(schema().to_json().dump()));
  EXPECT_EQ(again.to_json().dump(), schema().to_json().dump());
}

TEST(Schema, ListsKindsInOrderWithoutSections) {
  EXPECT_THAT(schema().kinds(),
              ElementsAre("data",
                          "network",
                          "prior",
                          "likelihood",
                          "posterior",
                          "flow",
                          "objective",
                          "optimizer",
                          "schedule"));
  EXPECT_THAT(schema().names("optimizer"), ElementsAre("adam", "sgd"));
  EXPECT_EQ(schema().find("optimizer", "adem"), nullptr);
}

TEST(JsonSchema, IsStrictAndComplete) {
  const Json whole = schema().json_schema();
  EXPECT_EQ(whole.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(whole.at("additionalProperties"), false);
  EXPECT_EQ(whole.at("required"), Json::array({"data", "model"}));
  const Json& adam = whole.at("$defs").at("optimizer").at("oneOf").at(0);
  EXPECT_EQ(adam.at("properties").at("type").at("const"), "adam");
  EXPECT_EQ(adam.at("required"), Json::array({"type"}));
  EXPECT_EQ(adam.at("additionalProperties"), false);
  const Json& rate = adam.at("properties").at("learning_rate");
  EXPECT_EQ(rate.at("anyOf").at(0).at("exclusiveMinimum"), 0.0);
  EXPECT_EQ(rate.at("anyOf").at(1).at("$ref"), "#/$defs/schedule");
  EXPECT_EQ(rate.at("default"), 0.001);
}

/// Every $ref of the document points into it, and every key has a description.
void check_references(const Json& node, const Json& whole) {
  if (node.is_object() && node.contains("$ref")) {
    const std::string target = node.at("$ref").get<std::string>().substr(1);
    EXPECT_TRUE(whole.contains(Json::json_pointer(target))) << target;
  }
  if (node.is_object() && node.contains("properties")) {
    for (const auto& [key, value] : node.at("properties").items()) {
      EXPECT_TRUE(key == "type" || value.contains("description")) << key;
    }
  }
  if (node.is_structured()) {
    for (const auto& below : node) check_references(below, whole);
  }
}

TEST(JsonSchema, ReferencesResolve) {
  const Json whole = schema().json_schema();
  check_references(whole, whole);
}

TEST(JsonSchema, OfOneSectionOrKind) {
  EXPECT_TRUE(schema().json_schema("trainer").at("properties").contains("epochs"));
  EXPECT_EQ(schema().json_schema("flow").at("oneOf").size(), 2u);
  try {
    schema().json_schema("trainr");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_EQ(error.help(), "did you mean 'trainer'?");
  }
}

TEST(MarkdownReference, DocumentsEveryKey) {
  const std::string text = schema().markdown_reference();
  for (const auto& info : schema().components())
    for (const auto& parameter : info.parameters)
      EXPECT_THAT(text, HasSubstr("| `" + parameter.name + "` | "));
  EXPECT_THAT(
      text, HasSubstr("| `batch_size` | integer | `128` | in [1, 1000000] | examples per step |"));
  EXPECT_THAT(text, HasSubstr("| `latent_size` | integer | *required* | >= 1 | latent units |"));
}

TEST(Rules, SayNothingWhenFactsAreAbsent) {
  EXPECT_TRUE(check_rules(Json::object(), Schema({})).empty());
  EXPECT_TRUE(check_rules(Json{{"data", 3}, {"model", {{"likelihood", {{"type", "bernoulli"}}}}}},
                          Schema({}))
                  .empty());
}

TEST(Rules, ContinuousBernoulliTakesGreyDataAndNormalTakesAny) {
  const auto violations = [](const char* likelihood, const char* data, const char* binarize) {
    Json value{{"data", {{"type", data}}},
               {"model", {{"likelihood", {{"type", likelihood}}}}},
               {"trainer", {{"epochs", 1}}}};
    if (binarize != nullptr) value["data"]["binarize"] = binarize;
    return check_rules(value, schema()).size();
  };
  EXPECT_EQ(violations("continuous_bernoulli", "mnist", "none"), 0u);
  EXPECT_EQ(violations("continuous_bernoulli", "mnist", "static"), 1u);
  EXPECT_EQ(violations("continuous_bernoulli", "mnist_static", nullptr), 1u);
  EXPECT_EQ(violations("continuous_bernoulli", "table", nullptr), 1u);
  EXPECT_EQ(violations("bernoulli", "mnist_static", nullptr), 0u);
  EXPECT_EQ(violations("bernoulli", "mnist", "threshold"), 0u);
  EXPECT_EQ(violations("bernoulli", "table", nullptr), 1u);
  for (const char* binarize : {"none", "dynamic"})
    EXPECT_EQ(violations("normal", "mnist", binarize), 0u);
}

TEST(Rules, EarlyStoppingTakesRowsThatTheSetBrings) {
  const auto violations = [](const char* data, int size) {
    return check_rules({{"data", {{"type", data}, {"validation_size", size}}},
                        {"trainer", {{"epochs", 1}, {"early_stopping", {{"patience", 1}}}}}},
                       schema())
        .size();
  };
  EXPECT_EQ(violations("mnist", 0), 1u);
  EXPECT_EQ(violations("mnist", 10), 0u);
  EXPECT_EQ(violations("fashion_mnist_small", 0), 0u);
}

TEST(Rules, WaitForKeysThatAreBroken) {
  const Json value{{"trainer", Json::object()}};
  EXPECT_EQ(check_rules(value, schema()).size(), 1u);
  EXPECT_TRUE(check_rules(value, schema(), [](const std::string& path) {
                return path == "trainer.epochs";
              }).empty());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
