#include "elbow/foundations/core/factory.h"

#include <gmock/gmock.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

using Words = std::shared_ptr<const std::string>;
using WordFactory = Factory<Words, int>;

/// Built by its constructor.
class Shout : public std::string {
 public:
  Shout(const ConfigNode& node, int times)
      : std::string(static_cast<std::size_t>(times), node.text("letter")[0]) {}
  static ComponentInfo info() {
    return ComponentInfo::of("shout", "the same letter").takes({Parameter::text("letter", "one")});
  }
};

/// Built by a function, under several names.
struct Fixed {
  static ComponentInfo info(const std::string& name) { return ComponentInfo::of(name, "a word"); }
  static Words create(const std::string& name, const ConfigNode& /*node*/) {
    return std::make_shared<const std::string>(name);
  }
};

WordFactory words() {
  return WordFactory("flow", {WordFactory::row<Shout>(), WordFactory::row<Fixed>("yes")});
}

std::string made(const WordFactory& factory, const Json& config) {
  return *factory.create(ConfigNode(config, "word"), 3);
}

TEST(Factory, MakesRowsOfClasses) {
  const WordFactory factory = words();
  EXPECT_THAT(factory.names(), ::testing::ElementsAre("shout", "yes"));
  EXPECT_EQ(made(factory, {{"type", "shout"}, {"letter", "a"}}), "aaa");
  EXPECT_EQ(made(factory, {{"type", "yes"}}), "yes");
  for (const auto& info : factory.infos()) EXPECT_EQ(info.kind, "flow");
}

TEST(Factory, TakesRowsOfOthersAndCompletesThem) {
  const auto with_count = [](WordFactory::Row row) {
    row.info.parameters.push_back(Parameter::integer("count", "how many"));
    return row;
  };
  WordFactory factory("flow", {WordFactory::row<Shout>()}, with_count);
  factory.add(WordFactory::row<Fixed>("mine"));
  EXPECT_EQ(made(factory, {{"type", "mine"}}), "mine");
  for (const auto& info : factory.infos()) EXPECT_NE(info.find("count"), nullptr) << info.name;
}

TEST(Factory, RefusesANameTwiceAndTheTraitsOfAnotherKind) {
  WordFactory factory = words();
  EXPECT_THROW(factory.add(WordFactory::row<Fixed>("yes")), std::logic_error);
  auto stranger = WordFactory::row<Fixed>("no");
  stranger.info.traits = PriorTraits{};
  EXPECT_THROW(factory.add(stranger), std::logic_error);
  stranger.info.traits = FlowTraits{};
  factory.add(stranger);
  EXPECT_THROW(factory.create(ConfigNode({{"type", "maybe"}}, "word"), 3), std::logic_error);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
