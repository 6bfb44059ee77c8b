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
  Traits traits() const override;
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
  /// The same distribution for each of a batch, without a row of parameters for each: gradients
  /// reach the one row at once.
  /// @param loc, log_scale [L] @return batch shape [batch_size]
  static std::shared_ptr<const DiagNormal> repeated(const Tensor& loc,
                                                    const Tensor& log_scale,
                                                    std::int64_t batch_size);

 private:
  Tensor loc_, log_scale_;
  /// What is computed with: one row of a repeated distribution, else all of them.
  const Tensor& rows_of_loc() const { return row_loc_.defined() ? row_loc_ : loc_; }
  const Tensor& rows_of_log_scale() const {
    return row_log_scale_.defined() ? row_log_scale_ : log_scale_;
  }
  Tensor row_loc_, row_log_scale_;  ///< [L] of a repeated one: what loc and log_scale expand
  bool is_standard_ = false;
};

}  // namespace elbow
