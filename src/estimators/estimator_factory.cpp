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

template <class Component>
EstimatorFactory::Row row() {
  return {Component::info(), [](const ConfigNode&, const EstimatorFacts&) -> GradientEstimatorPtr {
            return std::make_shared<Component>();
          }};
}

template <class Component>
EstimatorFactory::Row row_with_options() {
  return {Component::info(), Component::create};
}

EstimatorFactory::Row row(AntitheticBernoulli::Kind kind) {
  return {AntitheticBernoulli::info(kind),
          [kind](const ConfigNode&, const EstimatorFacts&) -> GradientEstimatorPtr {
            return std::make_shared<AntitheticBernoulli>(kind);
          }};
}

}  // namespace

const EstimatorFactory& estimator_factory() {
  static const EstimatorFactory factory("estimator",
                                        {row<Pathwise>(),
                                         row<StickingTheLanding>(),
                                         row<DoublyReparameterised>(),
                                         row_with_options<ScoreFunction>(),
                                         row_with_options<Vimco>(),
                                         row_with_options<Enumerate>(),
                                         row(AntitheticBernoulli::Kind::arm),
                                         row(AntitheticBernoulli::Kind::disarm)});
  return factory;
}

}  // namespace elbow
