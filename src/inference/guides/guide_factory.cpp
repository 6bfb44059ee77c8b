#include "elbow/inference/guides/guide_factory.h"

#include "elbow/inference/guides/joint_guide.h"
#include "elbow/inference/guides/named_guide.h"

namespace elbow {

using GuideFactory = Factory<GuidePtr, const std::vector<SiteSpec>&, const DataContext&>;

GuideFactory& guide_factory() {
  static GuideFactory factory(
      "guide", {{joint_guide_info(), make_joint_guide}, GuideFactory::row<NamedGuide>()});
  return factory;
}

}  // namespace elbow
