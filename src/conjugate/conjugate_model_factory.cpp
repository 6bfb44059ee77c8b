#include "elbow/conjugate/conjugate_model_factory.h"

#include "elbow/conjugate/factor_analysis.h"
#include "elbow/conjugate/hidden_markov.h"
#include "elbow/conjugate/hierarchical_regression.h"
#include "elbow/conjugate/latent_dirichlet.h"
#include "elbow/conjugate/linear_regression.h"
#include "elbow/conjugate/mixture.h"

namespace elbow {

namespace {

using ModelFactory = Factory<ConjugateModelPtr, const ConjugateFacts&>;

template <class Model>
ModelFactory::Row row() {
  return ModelFactory::row<Model>();
}

}  // namespace

ModelFactory& conjugate_model_factory() {
  static ModelFactory factory("model",
                              {row<MixtureModel>(),
                               row<HiddenMarkov>(),
                               row<LatentDirichlet>(),
                               row<LinearRegression>(),
                               row<FactorAnalysis>(),
                               row<HierarchicalRegression>()});
  return factory;
}

}  // namespace elbow
