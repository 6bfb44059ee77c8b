#include "categorical_components.h"
#include "count_components.h"
#include "normal_components.h"

namespace elbow {

using ComponentFactory = Factory<ComponentLikelihoodPtr, const ComponentSizes&>;

ComponentFactory& component_likelihood_factory() {
  static ComponentFactory factory("component_likelihood",
                                  {ComponentFactory::row<NormalUnitComponents>(),
                                   ComponentFactory::row<NormalDiagonalComponents>(),
                                   ComponentFactory::row<NormalFullComponents>(),
                                   ComponentFactory::row<PoissonComponents>(),
                                   ComponentFactory::row<BernoulliComponents>(),
                                   ComponentFactory::row<MultinomialComponents>(),
                                   ComponentFactory::row<CategoricalComponents>()});
  return factory;
}

}  // namespace elbow
