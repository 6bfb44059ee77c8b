#include "elbow/neural/conditional/conditional_distribution.h"
#include "logit_likelihood.h"
#include "normal_likelihood.h"

namespace elbow {
namespace {

using ConditionalFactory = Factory<ConditionalDistributionPtr, const BuildContext&>;

ConditionalFactory::Row with_given(ConditionalFactory::Row row) {
  row.info.parameters.push_back(
      Parameter::texts("given", "of several named latents those that it depends on; else on all")
          .optional());
  return row;
}

}  // namespace

ConditionalFactory& likelihood_factory() {
  static ConditionalFactory factory(
      "likelihood",
      {ConditionalFactory::row<LogitLikelihood>(LogitLikelihood::Family::bernoulli),
       ConditionalFactory::row<LogitLikelihood>(LogitLikelihood::Family::continuous_bernoulli),
       ConditionalFactory::row<NormalLikelihood>()},
      with_given);
  return factory;
}

}  // namespace elbow
