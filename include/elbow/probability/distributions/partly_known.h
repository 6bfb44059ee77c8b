#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// A distribution of a vector that some of a batch know already: a point mass at the known value
/// there, the base distribution elsewhere. So an example with a label and one without stand in one
/// batch. Kingma, Mohamed, Rezende, Welling, 2014, arXiv:1406.5298, equations 6 and 7.
class PartlyKnown : public Distribution {
 public:
  /// @param base batch shape [B] or [K, B], event shape [L]
  /// @param known [B, L], of no meaning where is_known [B] bool is false
  PartlyKnown(DistributionPtr base, Tensor known, Tensor is_known);
  std::string name() const override { return "partly_known"; }
  Shape batch_shape() const override { return base_->batch_shape(); }
  Shape event_shape() const override { return base_->event_shape(); }
  Traits traits() const override { return base_->traits(); }
  /// Of the known value 0, of others -inf.
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

  const Distribution& base() const { return *base_; }
  /// The known value where there is one. @param value [..., B, L]
  Tensor with_known(const Tensor& value) const;
  const Tensor& is_known() const { return is_known_; }
  /// ln of the base's density of the known values, 0 where there is none, [B].
  Tensor log_prob_of_known() const;

 private:
  DistributionPtr base_;
  Tensor known_, is_known_;
};

}  // namespace elbow
