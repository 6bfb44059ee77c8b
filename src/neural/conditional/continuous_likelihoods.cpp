#include <ATen/ops/log_sigmoid.h>

#include "elbow/probability/distributions/beta.h"
#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/distributions/location_scale.h"
#include "elbow/probability/distributions/student_t.h"
#include "element_likelihood.h"

namespace elbow {
namespace {

constexpr const char* kNoFiniteOptimum = "without one a perfect fit has no finite optimum";

LikelihoodTraits density_on(SupportKind support) {
  LikelihoodTraits out;
  out.support = support;
  return out;
}

/// With the words of the key of `normal`.
ElementNumber noise_scale(const std::string& help) {
  ElementNumber out{"scale", "log_scale", help, {"fixed", "shared", "per_pixel"}, "shared"};
  out.least = -10;
  out.why_least = kNoFiniteOptimum;
  return out;
}

ElementNumber spread_of_a_mean(const std::string& help) {
  ElementNumber out{"dispersion",
                    "log_dispersion",
                    help,
                    {"fixed", "shared", "per_element", "network"},
                    "shared"};
  out.least = -10;
  out.why_least = kNoFiniteOptimum;
  return out;
}

ElementFamily student_t_likelihood() {
  ElementNumber freedom{"degrees_of_freedom",
                        "log_df",
                        "degrees of freedom; the fewer, the heavier the tails",
                        {"fixed", "shared", "per_element"},
                        "shared",
                        5};
  freedom.why_least =
      "below one (0) there is no mean, and a few residuals of exactly zero would "
      "take the whole density";
  return {"student_t",
          "real elements with outliers, independent given the latent",
          "Lange, Little, Taylor, Robust statistical modeling using the t distribution, JASA 84, "
          "1989",
          density_on(SupportKind::real),
          "the location of each element",
          OutputLink::identity,
          {noise_scale("scale of the noise"), freedom},
          [](const Tensor& loc, const std::vector<Tensor>& numbers) -> DistributionPtr {
            return std::make_shared<StudentT>(numbers[1], loc, numbers[0]);
          }};
}

ElementFamily gamma_likelihood() {
  return {"gamma",
          "positive elements whose standard deviation grows with their mean, independent given "
          "the latent",
          "McCullagh, Nelder, Generalized linear models, 1989, chapter 8",
          density_on(SupportKind::positive),
          "the logarithm of each element's mean",
          OutputLink::log,
          {spread_of_a_mean("dispersion d, with variance d m^2 at mean m")},
          [](const Tensor& log_mean, const std::vector<Tensor>& numbers) -> DistributionPtr {
            return std::make_shared<Gamma>(-numbers[0], -numbers[0] - log_mean);
          }};
}

ElementFamily beta_likelihood() {
  return {"beta",
          "elements between 0 and 1, without these ends, independent given the latent",
          "Ferrari, Cribari-Neto, Beta regression for modelling rates and proportions, Journal of "
          "Applied Statistics 31, 2004",
          density_on(SupportKind::open_unit_interval),
          "the logit of each element's mean",
          OutputLink::logit,
          {spread_of_a_mean("dispersion d, with variance m (1 - m) d / (1 + d) at mean m")},
          [](const Tensor& logit, const std::vector<Tensor>& numbers) -> DistributionPtr {
            return std::make_shared<Beta>(at::log_sigmoid(logit) - numbers[0],
                                          at::log_sigmoid(-logit) - numbers[0]);
          }};
}

template <class Noise>
ElementFamily of_location_and_scale(const char* name,
                                    const char* summary,
                                    SupportKind support,
                                    OutputLink link,
                                    const char* output,
                                    const char* scale) {
  return {name,
          summary,
          "",
          density_on(support),
          output,
          link,
          {noise_scale(scale)},
          [](const Tensor& loc, const std::vector<Tensor>& numbers) -> DistributionPtr {
            return std::make_shared<Noise>(loc, numbers[0]);
          }};
}

}  // namespace

std::vector<ElementFamily> continuous_likelihoods() {
  return {student_t_likelihood(),
          of_location_and_scale<Laplace>(
              "laplace",
              "real elements with Laplace noise, which fits the median, independent given the "
              "latent",
              SupportKind::real,
              OutputLink::identity,
              "the location of each element",
              "scale of the noise, its mean size"),
          of_location_and_scale<LogNormal>(
              "log_normal",
              "positive elements whose logarithm is normal, independent given the latent",
              SupportKind::positive,
              OutputLink::log,
              "the mean of each element's logarithm",
              "standard deviation of the logarithm"),
          gamma_likelihood(),
          beta_likelihood()};
}

}  // namespace elbow
