#include "elbow/neural/conditional/conditional_distribution.h"
#include "logit_likelihood.h"
#include "normal_likelihood.h"

namespace elbow {
namespace {

using ConditionalFactory = Factory<ConditionalDistributionPtr, const BuildContext&>;

}  // namespace

ConditionalFactory& likelihood_factory() {
  static ConditionalFactory factory(
      "likelihood",
      {ConditionalFactory::row<LogitLikelihood>(LogitLikelihood::Family::bernoulli),
       ConditionalFactory::row<LogitLikelihood>(LogitLikelihood::Family::continuous_bernoulli),
       ConditionalFactory::row<NormalLikelihood>()});
  return factory;
}

}  // namespace elbow
