#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// y = x + beta^ (x - x0) / (alpha + r), r = |x - x0|: contracts or expands around a point.
///
/// Rezende, Mohamed, "Variational inference with normalizing flows", 2015, arXiv:1505.05770,
/// equation 14; beta^ = -alpha + softplus(beta) of appendix A.2 makes it invertible. Here
/// alpha + beta^ is at least 1e-4 alpha, so that the determinant keeps its sign in float32. The
/// inverse is the root of a quadratic equation in r.
class Radial : public Transform {
 public:
  /// @param center           [batch..., D] x0
  /// @param log_alpha, beta  [batch..., 1]
  Radial(Tensor center, Tensor log_alpha, Tensor beta);
  std::string name() const override { return "radial"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  /// log |det df/dx| at distance r. @param r [..., 1] @return [...]
  Tensor log_det(const Tensor& r, std::int64_t size) const;

  Tensor center_, log_alpha_, beta_;
  Tensor alpha_, beta_hat_;  // [batch..., 1]
};

}  // namespace elbow
