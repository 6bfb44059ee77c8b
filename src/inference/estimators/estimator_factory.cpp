#include "elbow/inference/estimators/antithetic_bernoulli.h"
#include "elbow/inference/estimators/doubly_reparameterised.h"
#include "elbow/inference/estimators/enumerate.h"
#include "elbow/inference/estimators/pathwise.h"
#include "elbow/inference/estimators/score_function.h"
#include "elbow/inference/estimators/sticking_the_landing.h"
#include "elbow/inference/estimators/vimco.h"

namespace elbow {

using EstimatorFactory = Factory<GradientEstimatorPtr, const DataContext&>;

EstimatorFactory& estimator_factory() {
  static EstimatorFactory factory(
      "estimator",
      {EstimatorFactory::row<Pathwise>(),
       EstimatorFactory::row<StickingTheLanding>(),
       EstimatorFactory::row<DoublyReparameterised>(),
       EstimatorFactory::row<ScoreFunction>(),
       EstimatorFactory::row<Vimco>(),
       EstimatorFactory::row<Enumerate>(),
       EstimatorFactory::row<AntitheticBernoulli>(AntitheticBernoulli::Kind::arm),
       EstimatorFactory::row<AntitheticBernoulli>(AntitheticBernoulli::Kind::disarm)});
  return factory;
}

}  // namespace elbow
