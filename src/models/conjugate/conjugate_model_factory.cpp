#include "elbow/models/conjugate/conjugate_model_factory.h"

#include "elbow/models/conjugate/factor_analysis.h"
#include "elbow/models/conjugate/hidden_markov.h"
#include "elbow/models/conjugate/hierarchical_regression.h"
#include "elbow/models/conjugate/latent_dirichlet.h"
#include "elbow/models/conjugate/linear_regression.h"
#include "elbow/models/conjugate/mixture.h"

namespace elbow {

using ConjugateModelFactory = Factory<ConjugateModelPtr, const DataContext&>;

ConjugateModelFactory& conjugate_model_factory() {
  static ConjugateModelFactory factory("model",
                                       {ConjugateModelFactory::row<MixtureModel>(),
                                        ConjugateModelFactory::row<HiddenMarkov>(),
                                        ConjugateModelFactory::row<LatentDirichlet>(),
                                        ConjugateModelFactory::row<LinearRegression>(),
                                        ConjugateModelFactory::row<FactorAnalysis>(),
                                        ConjugateModelFactory::row<HierarchicalRegression>()});
  return factory;
}

}  // namespace elbow
