#pragma once

#include "elbow/foundations/core/constants.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Univariate normal, one per element of loc: event shape [].
class Normal : public Distribution {
 public:
  /// @param loc, log_scale broadcastable; batch shape is the broadcast shape
  Normal(Tensor loc, Tensor log_scale);
  std::string name() const override { return "normal"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& loc() const { return loc_; }
  const Tensor& log_scale() const { return log_scale_; }

 private:
  Tensor loc_, log_scale_;
};

/// Normal with diagonal covariance: the last dimension is the event, [L].
class DiagNormal : public Distribution {
 public:
  /// @param loc, log_scale [batch..., L]
  DiagNormal(Tensor loc, Tensor log_scale);
  std::string name() const override { return "diag_normal"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  std::pair<Tensor, Tensor> rsample_and_log_prob(const Shape& sample_shape,
                                                 RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& loc() const { return loc_; }
  const Tensor& log_scale() const { return log_scale_; }

  /// N(0, I). Knows that it is standard, so that densities and KL terms against it skip half of the
  /// arithmetic.
  /// @param zeros [batch..., L] serves as loc and log_scale
  static std::shared_ptr<const DiagNormal> standard(const Tensor& zeros);
  bool is_standard() const { return is_standard_; }

 private:
  Tensor loc_, log_scale_;
  bool is_standard_ = false;
};

}  // namespace elbow
