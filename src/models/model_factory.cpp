#include "elbow/models/model_factory.h"

#include "elbow/models/bayesian_network_regression.h"
#include "elbow/models/density_model.h"
#include "elbow/models/dropout_regression.h"
#include "elbow/models/latent_model.h"
#include "elbow/models/target_model.h"

namespace elbow {
namespace {

using ModelFactory = Factory<GenerativeModelPtr, const DataContext&>;

template <class Model>
ModelFactory::Row model_row() {
  return {Model::info(), Model::create};
}

}  // namespace

const ModelFactory& model_factory() {
  static const ModelFactory factory("model",
                                    {model_row<LatentModel>(),
                                     model_row<TargetModel>(),
                                     model_row<DensityModel>(),
                                     model_row<BayesianNetworkRegression>(),
                                     model_row<DropoutRegression>()});
  return factory;
}

}  // namespace elbow
