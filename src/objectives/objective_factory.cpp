#include "elbow/objectives/elbo.h"

namespace elbow {

const Factory<ObjectivePtr>& objective_factory() {
  static const Factory<ObjectivePtr> factory("objective", {{Elbo::info(), Elbo::create}});
  return factory;
}

}  // namespace elbow
