#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// y = x + u^ tanh(w'x + b): a bump along one direction.
///
/// Rezende, Mohamed, "Variational inference with normalizing flows", 2015, arXiv:1505.05770,
/// equation 10; u^ of appendix A.1 keeps w'u^ > -1, which makes the map invertible. Here w'u^ is at
/// least -1 + 1e-4, so that the determinant keeps its sign in float32. For w = 0 the map is a
/// shift.
class Planar : public Transform {
 public:
  /// @param u, w          [batch..., D]
  /// @param b             [batch..., 1]
  /// @param has_inverse   solve w'x + b numerically (bisection, then a Newton step that carries the
  ///                      gradient); there is no closed form
  Planar(Tensor u, Tensor w, Tensor b, bool has_inverse = false);
  std::string name() const override { return "planar"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  bool has_inverse() const override { return has_inverse_; }
  TransformPtr map_parameters(const ParameterMap& map) const override;
  /// u^, [batch..., D].
  const Tensor& u_hat() const { return u_hat_; }

 private:
  Tensor u_, w_, b_;
  Tensor u_hat_;    // [batch..., D]
  Tensor w_u_hat_;  // w'u^, [batch..., 1]
  bool has_inverse_;
};

}  // namespace elbow
