#include "elbow/guides/guide_factory.h"

#include "elbow/guides/joint_guide.h"

namespace elbow {

const Factory<GuidePtr, const std::vector<SiteSpec>&, const DataContext&>& guide_factory() {
  static const Factory<GuidePtr, const std::vector<SiteSpec>&, const DataContext&> factory(
      "guide", {{joint_guide_info(), make_joint_guide}});
  return factory;
}

}  // namespace elbow
