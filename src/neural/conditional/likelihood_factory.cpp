#include <stdexcept>

#include "code_likelihood.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "element_likelihood.h"
#include "grid_likelihood.h"
#include "logit_likelihood.h"
#include "multinomial_likelihood.h"
#include "normal_likelihood.h"

namespace elbow {
namespace {

using ConditionalFactory = Factory<ConditionalDistributionPtr, const BuildContext&>;

ConditionalFactory::Row with_given(ConditionalFactory::Row row) {
  row.info.parameters.push_back(
      Parameter::texts("given",
                       "of several named latents, label, covariates and library_size those that it "
                       "depends on; else all latents")
          .optional());
  return row;
}

std::vector<ConditionalFactory::Row> likelihood_rows() {
  std::vector<ConditionalFactory::Row> out{
      ConditionalFactory::row<LogitLikelihood>(LogitLikelihood::Family::bernoulli),
      ConditionalFactory::row<LogitLikelihood>(LogitLikelihood::Family::continuous_bernoulli),
      ConditionalFactory::row<NormalLikelihood>()};
  for (const auto& families : {continuous_likelihoods(), count_likelihoods()})
    for (const ElementFamily& family : families)
      out.push_back(ConditionalFactory::row<ElementLikelihood>(family));
  out.push_back(ConditionalFactory::row<CodeLikelihood>(CodeLikelihood::Family::categorical));
  out.push_back(ConditionalFactory::row<CodeLikelihood>(CodeLikelihood::Family::ordinal));
  out.push_back(ConditionalFactory::row<GridLikelihood>());
  out.push_back(ConditionalFactory::row<MultinomialLikelihood>());
  return out;
}

}  // namespace

DistributionPtr ConditionalDistribution::forward_sized(const Tensor&, const Tensor&) {
  throw std::logic_error("this likelihood knows no sizes of examples");
}

ConditionalFactory& likelihood_factory() {
  static ConditionalFactory factory("likelihood", likelihood_rows(), with_given);
  return factory;
}

}  // namespace elbow
