#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Student's t with exp(log_df) degrees of freedom, location and scale: event shape [].
/// The mean is NaN for df <= 1; the variance is infinite for 1 < df <= 2 and NaN for df <= 1.
/// A draw is a normal over the root of a gamma, so the gradient in log_df is implicit.
class StudentT : public Distribution {
 public:
  /// @param log_df, loc, log_scale broadcastable; batch shape is the broadcast shape
  StudentT(Tensor log_df, Tensor loc, Tensor log_scale);
  std::string name() const override { return "student_t"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  /// The centre, which is there for any degrees of freedom; where there is a mean, it is the mean.
  Tensor location() const override;
  /// `location` and `scale`, its parameters: few degrees of freedom have no mean or no variance.
  std::vector<std::pair<std::string, Tensor>> summary() const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

 private:
  Tensor log_df_, loc_, log_scale_;
};

}  // namespace elbow
