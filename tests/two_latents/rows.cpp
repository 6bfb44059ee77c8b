// The guide's row, added as a program that links the library would add one of its own. The model's
// row is that of docs/adding-a-component.md.
#include "two_latents/two_level_guide.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using GuideFactory = Factory<GuidePtr, const std::vector<SiteSpec>&, const DataContext&>;

const bool kIsAdded = [] {
  guide_factory().add(GuideFactory::row<testing::TwoLevelGuide>());
  return true;
}();

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
