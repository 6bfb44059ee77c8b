#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Uniform on the unit sphere of R^L, L >= 2: event shape [L], no parameters. The density is with
/// respect to the sphere's area; log_prob is -inf where |x|^2 is further than 1e-4 from 1.
class UniformSphere : public Distribution {
 public:
  /// @param zeros [batch..., L] gives shape, dtype and device
  explicit UniformSphere(Tensor zeros);
  std::string name() const override { return "uniform_sphere"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override { return zeros_; }
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override { return {}; }
  /// Logarithm of the area of the unit sphere of R^L.
  static double log_area(std::int64_t L);

 private:
  Tensor zeros_;
};

}  // namespace elbow
