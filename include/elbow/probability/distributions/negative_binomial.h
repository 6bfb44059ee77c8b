#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Counts with mean m = exp(log_mean) and variance m + m^2 exp(log_dispersion): a Poisson whose
/// rate is gamma with that mean and concentration r = exp(-log_dispersion). Event shape [].
/// log_prob is -inf where a value is no count, with gradient zero. Draws have the dtype of the
/// parameters.
///
/// Its mass is Gamma(x + r) / (Gamma(r) x!) (r / (r + m))^r (m / (r + m))^x (Hilbe, "Negative
/// binomial regression", 2011, form NB2); without dispersion it is the Poisson.
class NegativeBinomial : public Distribution {
 public:
  /// @param log_mean, log_dispersion broadcastable; batch shape is the broadcast shape
  NegativeBinomial(Tensor log_mean, Tensor log_dispersion);
  std::string name() const override { return "negative_binomial"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Traits traits() const override { return discrete_traits(); }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  /// @throws c10::Error: it has no closed form
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

 private:
  Tensor log_mean_, log_dispersion_;
};

}  // namespace elbow
