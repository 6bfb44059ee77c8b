#include "elbow/models/model_factory.h"

#include "elbow/models/bayesian_network_regression.h"
#include "elbow/models/density_model.h"
#include "elbow/models/dropout_regression.h"
#include "elbow/models/latent_model.h"
#include "elbow/models/target_model.h"

namespace elbow {
using ModelFactory = Factory<GenerativeModelPtr, const DataContext&>;

ModelFactory& model_factory() {
  static ModelFactory factory("model",
                              {ModelFactory::row<LatentModel>(),
                               ModelFactory::row<TargetModel>(),
                               ModelFactory::row<DensityModel>(),
                               ModelFactory::row<BayesianNetworkRegression>(),
                               ModelFactory::row<DropoutRegression>()});
  return factory;
}

}  // namespace elbow
