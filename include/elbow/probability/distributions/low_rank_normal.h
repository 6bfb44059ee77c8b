#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Normal with covariance diag(exp(2 log_diag)) + F F': event shape [L], R columns in F.
///
/// The density takes a Cholesky factor of the R x R capacitance I + F' D^-2 F only (Woodbury's
/// identity and the matrix determinant lemma).
class LowRankNormal : public Distribution {
 public:
  /// @param loc      [batch..., L]
  /// @param factor   [batch..., L, R]
  /// @param log_diag [batch..., L]
  LowRankNormal(Tensor loc, Tensor factor, Tensor log_diag);
  std::string name() const override { return "low_rank_normal"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& loc() const { return loc_; }
  const Tensor& factor() const { return factor_; }
  const Tensor& log_diag() const { return log_diag_; }
  /// Half the logarithm of the covariance's determinant: [batch...].
  Tensor half_log_det() const;

 private:
  Tensor whitened_factor() const;  // D^-1 F, [batch..., L, R]
  Tensor loc_, factor_, log_diag_;
};

}  // namespace elbow
