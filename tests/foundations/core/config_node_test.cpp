#include "elbow/foundations/core/config_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Json example() {
  return Json::parse(
      R"({"seed": 3, "threads": "auto", "rate": 0.5, "on": true, "sizes": [4, 5], "names": ["a"],
                         "model": {"type": "vae", "size": 2}, "flows": [{"type": "planar", "count": 1}, {"type": "radial"}],
                         "none": null})");
}

TEST(ConfigNode, ReadsEveryType) {
  const ConfigNode node(example());
  EXPECT_EQ(node.integer("seed"), 3);
  EXPECT_EQ(node.number("seed"), 3.0);
  EXPECT_EQ(node.number("rate"), 0.5);
  EXPECT_TRUE(node.boolean("on"));
  EXPECT_THAT(node.integers("sizes"), ElementsAre(4, 5));
  EXPECT_THAT(node.numbers("sizes"), ElementsAre(4.0, 5.0));
  EXPECT_THAT(node.texts("names"), ElementsAre("a"));
  EXPECT_EQ(node.child("model").type(), "vae");
  EXPECT_EQ(node.children("flows")[1].type(), "radial");
  EXPECT_EQ(node.children("flows")[1].path(), "flows[1]");
  EXPECT_FALSE(node.has("none"));
  EXPECT_FALSE(node.has("absent"));
  EXPECT_TRUE(node.is_word("threads", "auto"));
  EXPECT_FALSE(node.is_word("seed", "auto"));
}

TEST(ConfigNode, AKeyOrTypeThatTheSchemaDoesNotGiveIsADefect) {
  const ConfigNode node(example());
  EXPECT_THROW(node.integer("absent"), std::logic_error);
  EXPECT_THROW(node.integer("rate"), std::logic_error);
  EXPECT_THROW(node.integer("threads"), std::logic_error);
  EXPECT_THROW(node.boolean("seed"), std::logic_error);
  EXPECT_THROW(node.text("seed"), std::logic_error);
  EXPECT_THROW(node.integers("names"), std::logic_error);
  EXPECT_THROW(node.child("seed"), std::logic_error);
  EXPECT_THROW(node.children("model"), std::logic_error);
}

TEST(ConfigNode, UnreadNamesWhatNobodyAskedFor) {
  const ConfigNode node(example());
  EXPECT_THAT(node.unread(),
              ElementsAre("seed", "threads", "rate", "on", "sizes", "names", "model", "flows"));
  for (const char* key : {"seed", "rate"}) node.number(key);
  node.is_word("threads", "none");
  EXPECT_TRUE(node.has("on"));
  node.integers("sizes");
  node.touch("names");
  node.child("model").type();
  for (const auto& flow : node.children("flows")) flow.type();
  EXPECT_THAT(node.unread(), ElementsAre("threads", "on", "model.size", "flows[0].count"));
  EXPECT_THAT(node.child("model").unread(), ElementsAre("model.size"));
}

TEST(ConfigNode, RawAndTouchCountEverythingBelow) {
  const ConfigNode node(example());
  node.child("model").raw();
  node.touch("flows");
  EXPECT_THAT(node.unread(), ElementsAre("seed", "threads", "rate", "on", "sizes", "names"));
  node.raw();
  EXPECT_THAT(node.unread(), IsEmpty());
}

TEST(ConfigNode, ChildrenOutliveTheirParent) {
  ConfigNode child = ConfigNode(example()).child("model");
  EXPECT_EQ(child.integer("size"), 2);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
