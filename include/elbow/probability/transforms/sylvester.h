#pragma once

#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// How the orthogonal matrix Q of a Sylvester flow is given.
enum class SylvesterBasis {
  /// The Q factor of a matrix [batch..., D, M]. The paper orthogonalises by iteration (equation
  /// 16); QR is exact after one pass, and the log-determinant with it.
  orthogonal,
  /// Q itself, [batch..., D, M].
  given,
  /// A product of reflections, by their vectors [batch..., H, D]; M = D.
  householder,
  /// The identity; no tensor. M = D.
  identity,
  /// The permutation that reverses the coordinates; no tensor. M = D.
  reversed,
};

/// y = x + Q R tanh(R~ Q'x + b): a planar flow with M directions, R and R~ upper triangular.
///
/// van den Berg, Hasenclever, Tomczak, Welling, "Sylvester normalizing flows for variational
/// inference", 2018, arXiv:1803.05649, equation 13, section 4. Diagonals are 0.9999 tanh(.), so
/// that R_ii R~_ii > -1, the condition of theorem 2, holds whatever the parameters are.
class Sylvester : public Transform {
 public:
  /// @param basis      what `kind` asks for; undefined for the permutations
  /// @param triangles  [batch..., M, M] upper triangle with diagonal: R; strictly lower triangle,
  ///                   transposed: R~
  /// @param diagonal   [batch..., M] of R~, unbounded like that of `triangles`
  /// @param bias       [batch..., M]
  Sylvester(SylvesterBasis kind, Tensor basis, Tensor triangles, Tensor diagonal, Tensor bias);
  std::string name() const override;
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  bool has_inverse() const override { return false; }
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  Tensor to_basis(const Tensor& x) const;    // Q'x
  Tensor from_basis(const Tensor& x) const;  // Q x

  SylvesterBasis kind_;
  Tensor basis_, triangles_, diagonal_, bias_;
  Tensor q_;                 // [batch..., D, M], for `orthogonal` and `householder`
  Tensor r_, r_tilde_;       // [batch..., M, M]
  Tensor diagonal_product_;  // R_ii R~_ii, [batch..., M]
};

}  // namespace elbow
