#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Normal with covariance S S' by its Cholesky factor S: event shape [L].
class FullRankNormal : public Distribution {
 public:
  /// @param loc        [batch..., L]
  /// @param scale_tril [batch..., L, L] positive on the diagonal; what stands above it is ignored
  FullRankNormal(Tensor loc, Tensor scale_tril);
  /// From unconstrained numbers.
  /// @param loc  [batch..., L]
  /// @param flat [batch..., L + L(L-1)/2] logarithm of the diagonal, then the strict lower triangle
  ///             row by row
  static std::shared_ptr<const FullRankNormal> from_flat(const Tensor& loc, const Tensor& flat);
  std::string name() const override { return "full_rank_normal"; }
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
  /// With zeros above the diagonal: [batch..., L, L].
  Tensor scale_tril() const;
  /// Half the logarithm of the covariance's determinant: [batch...].
  Tensor half_log_det() const;

 private:
  Tensor loc_, scale_tril_;
};

}  // namespace elbow
