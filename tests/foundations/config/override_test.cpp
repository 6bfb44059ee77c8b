#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/config/loader.h"
#include "support/fixture_schema.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

ResolvedConfig load(const std::vector<std::string>& overrides) {
  return load_config_text(
      testing::fixture_config(), "vae.yaml", overrides, testing::fixture_schema());
}

/// The value at "/a/0/b" (a JSON pointer); null when absent.
Json at(const Json& value, const std::string& pointer) {
  const Json::json_pointer where(pointer);
  return value.contains(where) ? value.at(where) : Json(nullptr);
}

struct Accepted {
  std::vector<std::string> overrides;
  const char* pointer;
  Json expected;
};
void PrintTo(const Accepted& given, std::ostream* out) { *out << given.overrides.back(); }

class AcceptedOverride : public ::testing::TestWithParam<Accepted> {};

TEST_P(AcceptedOverride, SetsTheValueAndSurvivesADump) {
  const auto config = load(GetParam().overrides);
  EXPECT_EQ(at(config.value, GetParam().pointer), GetParam().expected);
  const auto again =
      load_config_text(dump_config(config), "config.yaml", {}, testing::fixture_schema());
  EXPECT_EQ(again.value.dump(), config.value.dump());
}

// One row is one case.
// clang-format off
const Accepted kAccepted[] = {
    {{"seed=7"}, "/seed", 7},
    {{"seed=1e5"}, "/seed", 100000},
    {{"seed=+4"}, "/seed", 4},
    {{"seed=5", "seed=6"}, "/seed", 6},
    {{"threads=auto"}, "/threads", "auto"},
    {{"threads=2"}, "/threads", 2},
    {{"name=x"}, "/name", "x"},
    {{"name='a b: c'"}, "/name", "a b: c"},
    {{"name=\"t\\x61b\""}, "/name", "tab"},
    {{"name=\"#1\""}, "/name", "#1"},
    {{"name='null'"}, "/name", "null"},
    {{"name=true"}, "/name", "true"},
    {{"name=0123"}, "/name", "0123"},
    {{"name=a=b"}, "/name", "a=b"},
    {{"name='-'"}, "/name", "-"},
    {{"name='it''s'"}, "/name", "it's"},
    {{"name=\xC3\xA4\xE2\x82\xAC"}, "/name", "\xC3\xA4\xE2\x82\xAC"},
    {{"dtype=float64"}, "/dtype", "float64"},
    {{"model.latent_size=2"}, "/model/latent_size", 2},
    {{"model.likelihood.network.hidden_sizes=[200]"}, "/model/likelihood/network/hidden_sizes", {200}},
    {{"model.likelihood.network.hidden_sizes=[]"}, "/model/likelihood/network/hidden_sizes", Json::array()},
    {{"model.likelihood.network.hidden_sizes[1]=7"}, "/model/likelihood/network/hidden_sizes", {400, 7}},
    {{"+model.likelihood.network.hidden_sizes[2]=7"}, "/model/likelihood/network/hidden_sizes/2", 7},
    {{"~model.likelihood.network.hidden_sizes[0]"}, "/model/likelihood/network/hidden_sizes", {300}},
    {{"model.likelihood.network.dropout=.5"}, "/model/likelihood/network/dropout", 0.5},
    {{"guide.flows=[{type: planar, count: 16}]"}, "/guide/flows/0/count", 16},
    {{"guide.flows[0].count=3"}, "/guide/flows/0/count", 3},
    {{"guide.flows[1].network.activation=elu"}, "/guide/flows/1/network/activation", "elu"},
    {{"++guide.flows[2]={type: planar}"}, "/guide/flows/2/count", 1},
    {{"~guide.flows"}, "/guide/flows", Json::array()},
    {{"~guide.flows[0]"}, "/guide/flows/0/type", "coupling"},
    {{"guide.posterior.network.hidden_sizes=[5]"}, "/guide/posterior/network/hidden_sizes", {5}},
    {{"guide.posterior.network.hidden_sizes=[5]"}, "/guide/posterior/type", "diag_normal"},
    {{"objective.beta=0.5"}, "/objective/beta", {{"type", "constant"}, {"value", 0.5}}},
    {{"objective.beta.to=2"}, "/objective/beta/to", 2.0},
    {{"objective={type: iwae, num_particles: 50}"}, "/objective/num_particles", 50},
    {{"optimizer.learning_rate=1e-4"}, "/optimizer/learning_rate/value", 1e-4},
    {{"optimizer.learning_rate={type: warmup, over_epochs: 5, then: 3e-4}"}, "/optimizer/learning_rate/then/value", 3e-4},
    {{"optimizer.betas=[0.5, 0.9]"}, "/optimizer/betas", {0.5, 0.9}},
    {{"optimizer.clip_norm=null"}, "/optimizer/clip_norm", nullptr},
    {{"~optimizer.clip_norm"}, "/optimizer/clip_norm", nullptr},
    {{"~trainer.epochs", "+trainer.steps=10"}, "/trainer/steps", 10},
    {{"++trainer.epochs=3"}, "/trainer/epochs", 3},
    {{"++trainer.accumulate=3"}, "/trainer/accumulate", 3},
    {{"trainer.max_time=90"}, "/trainer/max_time", 90.0},
    {{"trainer.max_time=1d2h3m4.5s"}, "/trainer/max_time", 93784.5},
    {{"trainer.progress=false"}, "/trainer/progress", false},
    {{"trainer.checkpoint.keep=9"}, "/trainer/checkpoint/keep", 9},
    {{"~trainer.checkpoint"}, "/trainer/checkpoint/keep", 3},
    {{"~trainer.checkpoint", "trainer.checkpoint.on_error=stop"}, "/trainer/checkpoint/on_error", "stop"},
    {{"trainer.early_stopping=null"}, "/trainer/early_stopping", nullptr},
    {{"data={type: table, path: /a b/c.csv, labels: [x, 'y z']}", "model.likelihood.type=normal", "trainer.early_stopping=null"},
     "/data/labels",
     {"x", "y z"}},
};
// clang-format on
INSTANTIATE_TEST_SUITE_P(Grammar, AcceptedOverride, ::testing::ValuesIn(kAccepted));

struct Refused {
  const char* override_text;
  const char* path;
  const char* message;
};
void PrintTo(const Refused& given, std::ostream* out) { *out << given.override_text; }

class RefusedOverride : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedOverride, NamesTheOverrideAndTheReason) {
  const Refused& refused = GetParam();
  try {
    load({refused.override_text});
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    ASSERT_EQ(error.diagnostics().size(), 1u) << error.what();
    const Diagnostic& found = error.diagnostics()[0];
    EXPECT_EQ(found.file, "command line");
    EXPECT_EQ(found.line, 0);
    EXPECT_EQ(found.path, refused.path);
    EXPECT_THAT(found.message, HasSubstr(refused.message));
    EXPECT_THAT(format(found),
                HasSubstr(std::string("command line: error: ") + refused.override_text));
  }
}

// One row is one case.
// clang-format off
const Refused kRefused[] = {
    {"seed", "seed", "expected key=value"},
    {"+seed", "seed", "expected key=value"},
    {"=3", "", "'' is no key"},
    {"a..b=3", "", "'a..b' is no key"},
    {".seed=3", "", "is no key"},
    {"seed.=3", "", "is no key"},
    {"[0]=3", "", "is no key"},
    {"guide.flows[x].count=3", "", "is no key"},
    {"guide.flows[0=3", "", "is no key"},
    {"guide.flows[-1]=3", "", "is no key"},
    {"a b=3", "", "is no key"},
    {"seed=", "seed", "expected a value after '='"},
    {"seed=abc", "seed", "expected an integer >= 0, got 'abc'"},
    {"seed=null", "seed", "got nothing"},
    {"+seed=4", "seed", "is already set (vae.yaml:2)"},
    {"+guide.flows[0]={type: planar}", "guide.flows[0]", "is already set"},
    {"~threads", "threads", "is not set"},
    {"~seed=3", "seed", "takes no value"},
    {"~guide.flows[7]", "guide.flows[7]", "the list has 2 items, there is no [7]"},
    {"guide.flows[2].count=3", "guide.flows[2].count", "there is no [2]"},
    {"guide.flows.count=3", "guide.flows.count", "guide.flows is a list (vae.yaml:12), not a section"},
    {"seed.x=3", "seed.x", "seed is '3' (vae.yaml:2), not a section"},
    {"model[0]=3", "model[0]", "model is a map (vae.yaml:8), not a list"},
    {"sede=3", "sede", "unknown key"},
    {"optimizer.lr=3", "optimizer.lr", "unknown key"},
    {"guide.flows=[{type: planar, count: 0}]", "guide.flows[0].count", "must be >= 1, got 0"},
    {"guide.flows=[{type: planar", "", "'{' is not closed"},
    {"name=@x", "", "cannot start a value"},
    {"name=a #b", "name", "a part of the value would be lost"},
    {"name=!!str x", "", "tags"},
    {"name=*x", "", "the alias names no anchor"},
    {"data.binarize=none", "data.binarize", "the likelihood 'bernoulli'"},
};
// clang-format on
INSTANTIATE_TEST_SUITE_P(Grammar, RefusedOverride, ::testing::ValuesIn(kRefused));

TEST(Overrides, OriginsSayWhereEachValueComesFrom) {
  const auto config = load({"seed=9", "guide.flows[0].count=2"});
  EXPECT_EQ(config.origins.at("seed"), "command line");
  EXPECT_EQ(config.origins.at("guide.flows[0].count"), "command line");
  EXPECT_EQ(config.origins.at("guide.flows[0].type"), "vae.yaml:12");
  EXPECT_EQ(config.origins.at("guide.flows[1].network.activation"), "default");
  EXPECT_EQ(config.origins.at("trainer.max_time"), "vae.yaml:23");
  EXPECT_THAT(dump_config(config), HasSubstr("seed: 9  # command line\n"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
