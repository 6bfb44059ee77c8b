#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// N points of equal weight: particles, or draws of a Markov chain. It has moments and draws, and
/// no density.
class Empirical : public Distribution {
 public:
  /// @param points [N, batch..., event...], N >= 1 @param event_ndims how many of the last
  /// dimensions are the event
  Empirical(Tensor points, std::int64_t event_ndims);

  const Tensor& points() const { return points_; }

  std::string name() const override { return "empirical"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Traits traits() const override;
  /// @throws std::logic_error: there is none
  Tensor log_prob(const Tensor& value) const override;
  /// Each draw one point of those that all batch dimensions share, with replacement.
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  /// Of the points as they are: their number divides the squares.
  Tensor variance() const override;
  /// @throws std::logic_error: there is none
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override { return {}; }

 private:
  Tensor points_;
  std::int64_t event_ndims_;
};

}  // namespace elbow
