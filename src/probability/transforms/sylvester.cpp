#include "elbow/probability/transforms/sylvester.h"

#include <ATen/ops/diag_embed.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_qr.h>
#include <c10/util/Exception.h>

#include "linear_algebra.h"

namespace elbow {
namespace {

/// Keeps the product of two diagonals away from -1, where tanh saturates in float32.
constexpr double kDiagonalBound = 0.9999;

/// The product of the reflections with vectors v [batch..., H, D], as a matrix [batch..., D, D].
Tensor reflections(const Tensor& v) {
  Tensor q = at::eye(v.size(-1), v.options());
  for (std::int64_t i = 0; i < v.size(-2); ++i) {
    const Tensor row = v.narrow(-2, i, 1);  // [batch..., 1, D]
    q = q - dot_product(q, row) * (row * 2 / divisible_square(row));
  }
  return q;
}

}  // namespace

Sylvester::Sylvester(
    SylvesterBasis kind, Tensor basis, Tensor triangles, Tensor diagonal, Tensor bias)
    : kind_(kind),
      basis_(std::move(basis)),
      triangles_(std::move(triangles)),
      diagonal_(std::move(diagonal)),
      bias_(std::move(bias)) {
  const std::int64_t size = bias_.size(-1);
  TORCH_CHECK(
      triangles_.dim() >= 2 && triangles_.size(-1) == size && triangles_.size(-2) == size &&
          diagonal_.size(-1) == size,
      "Sylvester: expected triangles [..., M, M], diagonal [..., M] and bias [..., M], got ",
      triangles_.sizes(),
      ", ",
      diagonal_.sizes(),
      " and ",
      bias_.sizes());
  if (kind_ == SylvesterBasis::orthogonal)
    q_ = std::get<0>(at::linalg_qr(basis_, /*mode=*/"reduced"));
  if (kind_ == SylvesterBasis::given) q_ = basis_;
  if (kind_ == SylvesterBasis::householder) q_ = reflections(basis_);
  const Tensor r_diagonal = triangles_.diagonal(0, -2, -1).tanh() * kDiagonalBound;
  const Tensor r_tilde_diagonal = diagonal_.tanh() * kDiagonalBound;
  r_ = triangles_.triu(1) + at::diag_embed(r_diagonal);
  r_tilde_ = triangles_.tril(-1).transpose(-2, -1) + at::diag_embed(r_tilde_diagonal);
  diagonal_product_ = r_diagonal * r_tilde_diagonal;
}

std::string Sylvester::name() const {
  if (kind_ == SylvesterBasis::orthogonal || kind_ == SylvesterBasis::given)
    return "sylvester_orthogonal";
  return kind_ == SylvesterBasis::householder ? "sylvester_householder" : "sylvester_triangular";
}

Tensor Sylvester::to_basis(const Tensor& x) const {
  if (q_.defined()) return matrix_times(q_.transpose(-2, -1), x);
  return kind_ == SylvesterBasis::reversed ? x.flip(-1) : x;
}

Tensor Sylvester::from_basis(const Tensor& x) const {
  if (q_.defined()) return matrix_times(q_, x);
  return kind_ == SylvesterBasis::reversed ? x.flip(-1) : x;
}

std::pair<Tensor, Tensor> Sylvester::forward_and_log_det(const Tensor& x) const {
  const Tensor bump = (matrix_times(r_tilde_, to_basis(x)) + bias_).tanh();
  const Tensor slope = 1 - bump.square();
  return {x + from_basis(matrix_times(r_, bump)), (slope * diagonal_product_).log1p().sum(-1)};
}

TransformPtr Sylvester::map_parameters(const ParameterMap& map) const {
  const Tensor basis = basis_.defined() ? map("basis", basis_) : basis_;
  const Tensor triangles = map("triangles", triangles_), diagonal = map("diagonal", diagonal_);
  return std::make_shared<Sylvester>(kind_, basis, triangles, diagonal, map("bias", bias_));
}

}  // namespace elbow
