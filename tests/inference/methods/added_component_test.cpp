// A program that links the library brings components of its own.
#include <gtest/gtest.h>

#include <algorithm>

#include "elbow/inference/methods/experiment.h"
#include "elbow/probability/families/family_factory.h"
#include "elbow/probability/families/gamma.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// A kind that no other test of this program walks over.
TEST(AddedComponent, StandsInTheSchemaLikeAllOthers) {
  const std::string name = "family_of_a_test";
  const FamilyFactory::Row row{ComponentInfo::of(name, "A rate of its own"), [](const ConfigNode&) {
                                 return std::make_shared<const GammaFamily>();
                               }};
  // Once in a process, where the test is repeated.
  if (family_factory().find(name) == nullptr) family_factory().add(row);
  EXPECT_THROW(family_factory().add(row), std::logic_error);
  const auto components = experiment_components();
  const auto found = std::find_if(components.begin(), components.end(), [&](const auto& info) {
    return info.kind == family_factory().kind() && info.name == name;
  });
  ASSERT_NE(found, components.end());
  EXPECT_EQ(found->summary, "A rate of its own");
  EXPECT_NE(family_factory().create(ConfigNode({{"type", name}}, "family")), nullptr);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
