#include "elbow/estimators/pathwise.h"
#include "elbow/estimators/sticking_the_landing.h"

namespace elbow {

const Factory<GradientEstimatorPtr>& estimator_factory() {
  static const Factory<GradientEstimatorPtr> factory(
      "estimator",
      {{Pathwise::info(), [](const ConfigNode&) { return std::make_shared<const Pathwise>(); }},
       {StickingTheLanding::info(),
        [](const ConfigNode&) { return std::make_shared<const StickingTheLanding>(); }}});
  return factory;
}

}  // namespace elbow
