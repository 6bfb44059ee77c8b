#include "elbow/estimators/pathwise.h"

namespace elbow {

const Factory<GradientEstimatorPtr>& estimator_factory() {
  static const Factory<GradientEstimatorPtr> factory(
      "estimator",
      {{Pathwise::info(), [](const ConfigNode&) { return std::make_shared<const Pathwise>(); }}});
  return factory;
}

}  // namespace elbow
