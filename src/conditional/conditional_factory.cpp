#include "diag_normal_posterior.h"
#include "elbow/conditional/conditional_distribution.h"
#include "logit_likelihood.h"
#include "normal_likelihood.h"

namespace elbow {
namespace {

using ConditionalFactory = Factory<ConditionalDistributionPtr, const ConditionalShapes&>;

ConditionalFactory::Row logit_row(LogitLikelihood::Family family) {
  return {LogitLikelihood::info(family),
          [family](const ConfigNode& node,
                   const ConditionalShapes& shapes) -> ConditionalDistributionPtr {
            return std::make_shared<LogitLikelihood>(family, node, shapes);
          }};
}

template <class Component>
ConditionalFactory::Row row() {
  return {
      Component::info(),
      [](const ConfigNode& node, const ConditionalShapes& shapes) -> ConditionalDistributionPtr {
        return std::make_shared<Component>(node, shapes);
      }};
}

}  // namespace

const ConditionalFactory& likelihood_factory() {
  static const ConditionalFactory factory("likelihood",
                                          {logit_row(LogitLikelihood::Family::bernoulli),
                                           logit_row(LogitLikelihood::Family::continuous_bernoulli),
                                           row<NormalLikelihood>()});
  return factory;
}

const ConditionalFactory& posterior_factory() {
  static const ConditionalFactory factory("posterior", {row<DiagNormalPosterior>()});
  return factory;
}

}  // namespace elbow
