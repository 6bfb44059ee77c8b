#include "distribution_rows.h"
#include "elbow/probability/distributions/discretized_logistic.h"
#include "elbow/probability/distributions/negative_binomial.h"
#include "elbow/probability/distributions/ordinal.h"
#include "elbow/probability/distributions/poisson.h"
#include "elbow/probability/distributions/zero_inflated.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

DistributionRowTraits counting_traits(SupportKind support, bool has_entropy) {
  DistributionRowTraits out{support, DistributionEvent::scalar};
  out.has_rsample = false;
  out.is_discrete = true;
  out.has_entropy = has_entropy;
  return out;
}

std::shared_ptr<NegativeBinomial> negative_binomial_example(const Shape& batch,
                                                            ExampleParameters& parameters) {
  const Tensor log_mean = parameters.draw(batch, 0.5, 1.0);
  return std::make_shared<NegativeBinomial>(log_mean, parameters.draw(batch, 0.3, -0.7));
}

DistributionRows rows_of_counts() {
  DistributionRows rows;
  rows.push_back(distribution_row("poisson",
                                  "counts by the logarithm of their rate",
                                  "",
                                  counting_traits(SupportKind::count, /*has_entropy=*/false),
                                  [](const Shape& batch, ExampleParameters& parameters) {
                                    return std::make_shared<Poisson>(
                                        parameters.draw(batch, 0.8, 1.5));
                                  }));
  rows.push_back(distribution_row("negative_binomial",
                                  "counts by log mean m and log dispersion d: variance m + d m^2",
                                  "Hilbe, Negative binomial regression, 2011, form NB2",
                                  counting_traits(SupportKind::count, /*has_entropy=*/false),
                                  negative_binomial_example));
  rows.push_back(
      distribution_row("zero_inflated_negative_binomial",
                       "zero with a probability of its own, else negative binomial",
                       "Lambert, Zero-inflated Poisson regression, Technometrics 34, 1992",
                       counting_traits(SupportKind::count, /*has_entropy=*/false),
                       [](const Shape& batch, ExampleParameters& parameters) {
                         const Tensor zero_logit = parameters.draw(batch, 0.7);
                         return std::make_shared<ZeroInflated>(
                             zero_logit, negative_binomial_example(batch, parameters));
                       }));
  return rows;
}

}  // namespace

DistributionRows count_rows() {
  DistributionRows rows = rows_of_counts();
  rows.push_back(
      distribution_row("ordinal",
                       "ordered classes by a location and cut points",
                       "McCullagh, Regression models for ordinal data, JRSS B 42(2), 1980",
                       counting_traits(SupportKind::integer, /*has_entropy=*/true),
                       [](const Shape& batch, ExampleParameters& parameters) {
                         const Tensor loc = parameters.draw(batch, 1.0);
                         const Tensor first_cut = parameters.draw(batch, 0.5, -1.0);
                         return std::make_shared<Ordinal>(
                             loc, first_cut, parameters.draw(concatenate(batch, {3}), 0.4, -0.2));
                       }));
  rows.push_back(distribution_row(
      "discretized_logistic",
      "logistic rounded to the levels of a grid, whose ends take the tails",
      "Salimans, Karpathy, Chen, Kingma, PixelCNN++, 2017, arXiv:1701.05517, section 2.1",
      counting_traits(SupportKind::grid, /*has_entropy=*/true),
      [](const Shape& batch, ExampleParameters& parameters) {
        const Tensor loc = parameters.draw(batch, 2.0, 7.0);
        return std::make_shared<DiscretizedLogistic>(
            loc, parameters.draw(batch, 0.5, 0.7), LevelGrid{16, 0.0, 1.0});
      }));
  return rows;
}

}  // namespace elbow
