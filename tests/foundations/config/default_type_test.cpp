// A component whose map may leave its type out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/config/loader.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

Schema schema() {
  ComponentInfo latent, target;
  latent.kind = target.kind = "model";
  latent.name = "latent";
  latent.parameters = {Parameter::integer("latent_size", "units").at_least(1)};
  target.name = "target";
  return Schema({ComponentInfo::section(
                     "experiment",
                     "all",
                     {Parameter::component("model", "model", "p(x, z)").or_type("latent")}),
                 latent,
                 target});
}

Json model_of(const std::string& text) {
  return load_config_text(text, "a.yaml", {}, schema()).value.at("model");
}

TEST(DefaultType, IsWhatAMapWithoutTypeIs) {
  EXPECT_EQ(model_of("model: {latent_size: 3}\n"), (Json{{"type", "latent"}, {"latent_size", 3}}));
  EXPECT_EQ(model_of("model: {type: target}\n"), (Json{{"type", "target"}}));
}

TEST(DefaultType, MistakesAreThoseOfThatType) {
  try {
    model_of("model: {latent_sise: 3}\n");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.yaml:1:9: error: model.latent_sise"));
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'latent_size'?"));
  }
}

TEST(DefaultType, ComesBackFromTheDumpAndFromJson) {
  const auto config = load_config_text("model: {latent_size: 3}\n", "a.yaml", {}, schema());
  EXPECT_EQ(load_config_text(dump_config(config), "b.yaml", {}, schema()).value, config.value);
  const Parameter copy =
      Parameter::from_json(Parameter::component("model", "model", "").or_type("latent").to_json());
  EXPECT_EQ(copy.default_type, "latent");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
