#include "elbow/probability/distributions/negative_binomial.h"
#include "elbow/probability/distributions/poisson.h"
#include "elbow/probability/distributions/zero_inflated.h"
#include "element_likelihood.h"

namespace elbow {
namespace {

LikelihoodTraits traits_of_counts() {
  LikelihoodTraits out;
  out.support = SupportKind::count;
  out.is_discrete = true;
  out.takes_library_size = true;
  return out;
}

ElementNumber count_dispersion() {
  ElementNumber out{"dispersion",
                    "log_dispersion",
                    "dispersion d, with variance m + d m^2 at mean m",
                    {"fixed", "shared", "per_element", "network"},
                    "per_element"};
  out.least = -10;
  out.why_least =
      "counts that vary no more than Poisson ones would drive it to minus infinity, where the "
      "bound is flat";
  return out;
}

ElementFamily negative_binomial_likelihood() {
  return {"negative_binomial",
          "counts that vary more than Poisson ones, independent given the latent",
          "Hilbe, Negative binomial regression, 2011, form NB2",
          traits_of_counts(),
          "the logarithm of each element's mean",
          OutputLink::log,
          {count_dispersion()},
          [](const Tensor& log_mean, const std::vector<Tensor>& numbers) -> DistributionPtr {
            return std::make_shared<NegativeBinomial>(log_mean, numbers[0]);
          }};
}

ElementFamily zero_inflated_likelihood() {
  ElementNumber zeros{"zero_probability",
                      "zero_logit",
                      "probability of a zero that is no count",
                      {"fixed", "shared", "per_element", "network"},
                      "network",
                      0.1};
  zeros.is_probability = true;
  return {"zero_inflated_negative_binomial",
          "negative binomial counts with zeros of their own, independent given the latent",
          "Lopez, Regier, Cole, Jordan, Yosef, Deep generative modeling for single-cell "
          "transcriptomics, Nature Methods 15, 2018",
          traits_of_counts(),
          "the logarithm of the mean of each element's negative binomial",
          OutputLink::log,
          {count_dispersion(), zeros},
          [](const Tensor& log_mean, const std::vector<Tensor>& numbers) -> DistributionPtr {
            return std::make_shared<ZeroInflated>(
                numbers[1], std::make_shared<NegativeBinomial>(log_mean, numbers[0]));
          }};
}

}  // namespace

std::vector<ElementFamily> count_likelihoods() {
  const ElementFamily poisson{
      "poisson",
      "counts whose variance is their mean, independent given the latent",
      "",
      traits_of_counts(),
      "the logarithm of each element's rate",
      OutputLink::log,
      {},
      [](const Tensor& log_rate, const std::vector<Tensor>&) -> DistributionPtr {
        return std::make_shared<Poisson>(log_rate);
      }};
  return {poisson, negative_binomial_likelihood(), zero_inflated_likelihood()};
}

}  // namespace elbow
