#include "elbow/models/generative/model_factory.h"

#include "elbow/models/generative/bayesian_network_classification.h"
#include "elbow/models/generative/bayesian_network_regression.h"
#include "elbow/models/generative/density_model.h"
#include "elbow/models/generative/dropout_regression.h"
#include "elbow/models/generative/latent_model.h"
#include "elbow/models/generative/named_latents.h"
#include "elbow/models/generative/program_model.h"
#include "elbow/models/generative/script_model.h"
#include "elbow/models/generative/target_model.h"

namespace elbow {
using ModelFactory = Factory<GenerativeModelPtr, const DataContext&>;

ModelFactory& model_factory() {
  static ModelFactory factory("model",
                              {ModelFactory::row<LatentModel>(),
                               ModelFactory::row<NamedLatentsModel>(),
                               ModelFactory::row<TargetModel>(),
                               ModelFactory::row<ProgramModel>(),
                               ModelFactory::row<ScriptModel>(),
                               ModelFactory::row<DensityModel>(),
                               ModelFactory::row<BayesianNetworkRegression>(),
                               ModelFactory::row<BayesianNetworkClassification>(),
                               ModelFactory::row<DropoutRegression>()});
  return factory;
}

}  // namespace elbow
