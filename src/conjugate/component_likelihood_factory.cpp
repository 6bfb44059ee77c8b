#include "categorical_components.h"
#include "count_components.h"
#include "normal_components.h"

namespace elbow {

namespace {

using ComponentFactory = Factory<ComponentLikelihoodPtr, const ComponentShapes&>;

template <class Kind>
ComponentFactory::Row row() {
  return ComponentFactory::row<Kind>();
}

}  // namespace

ComponentFactory& component_likelihood_factory() {
  static ComponentFactory factory("component_likelihood",
                                  {row<NormalUnitComponents>(),
                                   row<NormalDiagonalComponents>(),
                                   row<NormalFullComponents>(),
                                   row<PoissonComponents>(),
                                   row<BernoulliComponents>(),
                                   row<MultinomialComponents>(),
                                   row<CategoricalComponents>()});
  return factory;
}

}  // namespace elbow
