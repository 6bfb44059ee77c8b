#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Dirichlet by the logarithms of its concentrations: event shape [L], support the open simplex.
/// log_prob, a density with respect to the first L - 1 coordinates, is -inf where an element is
/// not positive or the sum is further than 1e-4 from 1. A draw is the softmax of log-gamma draws.
class Dirichlet : public Distribution {
 public:
  /// @param log_concentration [batch..., L], L >= 2
  explicit Dirichlet(Tensor log_concentration);
  std::string name() const override { return "dirichlet"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& log_concentration() const { return log_concentration_; }

 private:
  Tensor log_concentration_;
};

}  // namespace elbow
