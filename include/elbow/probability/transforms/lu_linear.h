#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// y = P L U x with P a fixed permutation, L unit lower triangular, and U upper triangular with a
/// positive diagonal: the invertible 1x1 convolution on vectors.
///
/// Kingma, Dhariwal, "Glow: generative flow with invertible 1x1 convolutions", 2018,
/// arXiv:1807.03039, section 3.2. The signs of the diagonal, which the paper holds fixed, are all
/// +.
class LuLinear : public Transform {
 public:
  /// @param factors [D, D] strictly lower: L; strictly upper: U; diagonal: log of U's diagonal
  /// @param order   [D] int64: P sends coordinate order(i) to i
  LuLinear(Tensor factors, Tensor order);
  std::string name() const override { return "lu_linear"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  Tensor upper() const;  // [D, D]

  Tensor factors_, order_, inverse_order_;
};

}  // namespace elbow
