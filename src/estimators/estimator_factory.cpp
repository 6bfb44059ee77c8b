#include "elbow/estimators/antithetic_bernoulli.h"
#include "elbow/estimators/doubly_reparameterised.h"
#include "elbow/estimators/enumerate.h"
#include "elbow/estimators/pathwise.h"
#include "elbow/estimators/score_function.h"
#include "elbow/estimators/sticking_the_landing.h"
#include "elbow/estimators/vimco.h"

namespace elbow {
namespace {

using EstimatorFactory = Factory<GradientEstimatorPtr, const EstimatorFacts&>;

template <class Estimator, class... Key>
EstimatorFactory::Row row(const Key&... key) {
  return EstimatorFactory::row<Estimator>(key...);
}

}  // namespace

EstimatorFactory& estimator_factory() {
  static EstimatorFactory factory("estimator",
                                  {row<Pathwise>(),
                                   row<StickingTheLanding>(),
                                   row<DoublyReparameterised>(),
                                   row<ScoreFunction>(),
                                   row<Vimco>(),
                                   row<Enumerate>(),
                                   row<AntitheticBernoulli>(AntitheticBernoulli::Kind::arm),
                                   row<AntitheticBernoulli>(AntitheticBernoulli::Kind::disarm)});
  return factory;
}

}  // namespace elbow
