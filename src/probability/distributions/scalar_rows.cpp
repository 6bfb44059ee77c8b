#include "distribution_rows.h"
#include "elbow/probability/distributions/beta.h"
#include "elbow/probability/distributions/continuous_bernoulli.h"
#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/distributions/location_scale.h"
#include "elbow/probability/distributions/student_t.h"

namespace elbow {
namespace {

constexpr const char* kImplicitPaper =
    "Figurnov, Mohamed, Mnih, Implicit reparameterization gradients, 2018, arXiv:1805.08498";

template <class Family>
DistributionPtr location_scale_example(const Shape& batch, ExampleParameters& parameters) {
  const Tensor loc = parameters.draw(batch, 1.0);
  return std::make_shared<Family>(loc, parameters.draw(batch, 0.2, -0.2));
}

// Concentrations from 0.74 to 3.7: some densities are singular at the end of their support.
template <class Family>
DistributionPtr concentration_example(const Shape& batch, ExampleParameters& parameters) {
  const Tensor first = parameters.draw(batch, 0.4, 0.5);
  return std::make_shared<Family>(first, parameters.draw(batch, 0.4, 0.5));
}

DistributionRowTraits implicit_scalar(SupportKind support) {
  DistributionRowTraits out{support, DistributionEvent::scalar};
  out.explicit_noise = false;
  return out;
}

DistributionRows implicit_rows() {
  DistributionRows rows;
  rows.push_back(distribution_row("student_t",
                                  "Student's t by log degrees of freedom, location and log scale",
                                  kImplicitPaper,
                                  implicit_scalar(SupportKind::real),
                                  [](const Shape& batch, ExampleParameters& parameters) {
                                    // Four moments and more, so that a sample variance has an
                                    // error.
                                    const Tensor log_df = parameters.draw(batch, 0.2, 2.6);
                                    const Tensor loc = parameters.draw(batch, 1.0);
                                    const Tensor log_scale = parameters.draw(batch, 0.3);
                                    return std::make_shared<StudentT>(log_df, loc, log_scale);
                                  }));
  rows.push_back(distribution_row("gamma",
                                  "gamma by log concentration and log rate",
                                  kImplicitPaper,
                                  implicit_scalar(SupportKind::positive),
                                  concentration_example<Gamma>));
  rows.push_back(distribution_row("beta",
                                  "beta by the logarithms of its two concentrations",
                                  kImplicitPaper,
                                  implicit_scalar(SupportKind::unit_interval),
                                  concentration_example<Beta>));
  return rows;
}

}  // namespace

DistributionRows scalar_rows() {
  DistributionRows rows;
  rows.push_back(distribution_row(
      "continuous_bernoulli",
      "continuous Bernoulli on [0, 1] by its logit",
      "Loaiza-Ganem, Cunningham, The continuous Bernoulli, 2019, arXiv:1907.06845, section 3",
      {SupportKind::unit_interval, DistributionEvent::scalar},
      [](const Shape& batch, ExampleParameters& parameters) {
        return std::make_shared<ContinuousBernoulli>(parameters.draw(batch, 2.0));
      }));
  rows.push_back(distribution_row("laplace",
                                  "Laplace by location and log scale",
                                  "",
                                  {SupportKind::real, DistributionEvent::scalar},
                                  location_scale_example<Laplace>));
  rows.push_back(distribution_row("logistic",
                                  "logistic by location and log scale",
                                  "",
                                  {SupportKind::real, DistributionEvent::scalar},
                                  location_scale_example<Logistic>));
  rows.push_back(distribution_row("log_normal",
                                  "exp of a normal, by the normal's mean and log scale",
                                  "",
                                  {SupportKind::positive, DistributionEvent::scalar},
                                  location_scale_example<LogNormal>));
  for (auto& row : implicit_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace elbow
