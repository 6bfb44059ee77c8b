#include "elbow/probability/transforms/lu_linear.h"

#include <ATen/ops/diag_embed.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <c10/util/Exception.h>

#include "linear_algebra.h"

namespace elbow {
namespace {

/// The vectors x [..., D] with A x = y. @param a [D, D] triangular
Tensor solve_triangle(const Tensor& a, const Tensor& y, bool is_upper, bool is_unit) {
  // As rows X A' = Y, for one call over all leading dimensions.
  const Tensor rows = y.reshape({-1, y.size(-1)});
  const Tensor solution =
      at::linalg_solve_triangular(a.t(), rows, !is_upper, /*left=*/false, is_unit);
  return solution.reshape_as(y);
}

}  // namespace

LuLinear::LuLinear(Tensor factors, Tensor order)
    : factors_(std::move(factors)), order_(std::move(order)), inverse_order_(order_.argsort()) {
  TORCH_CHECK(factors_.dim() == 2 && factors_.size(0) == factors_.size(1),
              "LuLinear: expected factors of shape [D, D], got ",
              factors_.sizes());
}

Tensor LuLinear::upper() const {
  return factors_.triu(1) + at::diag_embed(factors_.diagonal().exp());
}

std::pair<Tensor, Tensor> LuLinear::forward_and_log_det(const Tensor& x) const {
  const Tensor scaled = matrix_times(upper(), x);
  const Tensor y = scaled + matrix_times(factors_.tril(-1), scaled);
  return {y.index_select(-1, order_), for_each_vector(factors_.diagonal().sum(), x)};
}

std::pair<Tensor, Tensor> LuLinear::inverse_and_log_det(const Tensor& y) const {
  const Tensor ordered = y.index_select(-1, inverse_order_);
  // The solver reads 1 on the diagonal, whatever stands there.
  const Tensor scaled =
      solve_triangle(factors_.tril(-1), ordered, /*is_upper=*/false, /*is_unit=*/true);
  return {solve_triangle(upper(), scaled, /*is_upper=*/true, /*is_unit=*/false),
          for_each_vector(-factors_.diagonal().sum(), y)};
}

TransformPtr LuLinear::map_parameters(const ParameterMap& map) const {
  return std::make_shared<LuLinear>(map("factors", factors_), order_);
}

}  // namespace elbow
