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

ConditionalFactory::Row normal_row() {
  return {
      NormalLikelihood::info(),
      [](const ConfigNode& node, const ConditionalShapes& shapes) -> ConditionalDistributionPtr {
        return std::make_shared<NormalLikelihood>(node, shapes);
      }};
}

}  // namespace

const ConditionalFactory& likelihood_factory() {
  static const ConditionalFactory factory("likelihood",
                                          {logit_row(LogitLikelihood::Family::bernoulli),
                                           logit_row(LogitLikelihood::Family::continuous_bernoulli),
                                           normal_row()});
  return factory;
}

}  // namespace elbow
