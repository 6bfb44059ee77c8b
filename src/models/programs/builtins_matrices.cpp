// Linear algebra.
#include <ATen/TensorOperators.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_det.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/linalg_matrix_exp.h>
#include <ATen/ops/linalg_slogdet.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/linalg_svdvals.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/where.h>

#include "builtin_tables.h"
#include "cholesky_factor.h"

namespace elbow::programs {

using stan::Base;
using stan::Expr;

Tensor cholesky_factor(Evaluation& at, const Expr& call, const Tensor& matrix, bool is_batched) {
  // Of what is no covariance the factor is not read: its draws are rejected.
  auto [factor, info] = at::linalg_cholesky_ex(matrix.detach());
  const Tensor holds = info == 0;
  at.require(holds, is_batched, call, "the matrix is not positive definite");
  if (holds.all().item<bool>()) return std::get<0>(at::linalg_cholesky_ex(matrix));
  const Tensor identity = at::eye(matrix.size(-1), at::kDouble).expand_as(matrix);
  const Tensor safe = at::where(holds.unsqueeze(-1).unsqueeze(-1), matrix, identity);
  return std::get<0>(at::linalg_cholesky_ex(safe));
}

namespace {

template <class Operation>
Builtin of_one(const Operation& operation) {
  return [operation](Evaluation&, const Expr& call, Arguments& values) {
    return result(call, operation(values[0].whole()), values[0].is_batched);
  };
}

template <class Operation>
Builtin of_two(const Operation& operation) {
  return [operation](Evaluation&, const Expr& call, Arguments& values) {
    return result(call, operation(values[0].whole(), values[1].whole()), any_batched(values));
  };
}

/// Solutions with vectors as columns.
template <class Operation>
Builtin solution(bool is_left, const Operation& solve) {
  return [is_left, solve](Evaluation&, const Expr& call, Arguments& values) {
    const Value &matrix = values[is_left ? 0 : 1], &other = values[is_left ? 1 : 0];
    const bool is_line = other.type.base != Base::matrix;
    const Tensor b = other.whole();
    const Tensor a = is_left ? matrix.whole() : matrix.whole().transpose(-1, -2);
    const Tensor right = is_line ? b.unsqueeze(-1) : is_left ? b : b.transpose(-1, -2);
    const Tensor x = solve(a, right, !is_left);
    return result(call,
                  is_line   ? x.squeeze(-1)
                  : is_left ? x
                            : x.transpose(-1, -2),
                  any_batched(values));
  };
}

Tensor solve_any(const Tensor& a, const Tensor& b, bool) { return at::linalg_solve(a, b); }
Tensor solve_lower(const Tensor& a, const Tensor& b, bool is_transposed) {
  return at::linalg_solve_triangular(
      is_transposed ? a.triu() : a.tril(), b, /*upper=*/is_transposed);
}

Tensor quad(const Tensor& a, const Tensor& b) {
  return at::matmul(b.transpose(-1, -2), at::matmul(a, b));
}

/// Squared exponential covariances of inputs [n] or [n, d].
Value gp_exp_quad_cov(Evaluation& at, const Expr& call, Arguments& values) {
  const bool has_two = values.size() == 4;
  const Value &scale = values[values.size() - 2], &length = values.back();
  const auto points = [](const Value& inputs) {
    const Tensor whole = inputs.whole();
    return inputs.type.base == Base::vector ? whole : whole.unsqueeze(-1);
  };
  at.require(scale.whole() > 0, scale.is_batched, call, "the magnitude is not above 0");
  at.require(length.whole() > 0, length.is_batched, call, "the length scale is not above 0");
  const Tensor x = points(values[0]), y = has_two ? points(values[1]) : x;
  const Tensor squares = (x.unsqueeze(-2) - y.unsqueeze(-3)).square().sum(-1);
  const Tensor half = squares / with_rank(length, 2).square() * -0.5;
  return result(call, with_rank(scale, 2).square() * half.exp(), any_batched(values));
}

Value add_diag(Evaluation&, const Expr& call, Arguments& values) {
  const Tensor matrix = values[0].whole();
  Tensor more = values[1].is_scalar() ? with_rank(values[1], 1) : values[1].whole();
  if (more.dim() == 0) more = more.unsqueeze(0);
  const Tensor identity = at::eye(matrix.size(-1), at::kDouble);
  return result(call, matrix + identity * more.unsqueeze(-1), any_batched(values));
}

void add_products(Builtins& all) {
  all["crossprod"] = of_one([](const Tensor& m) { return at::matmul(m.transpose(-1, -2), m); });
  all["tcrossprod"] = of_one([](const Tensor& m) { return at::matmul(m, m.transpose(-1, -2)); });
  all["multiply_lower_tri_self_transpose"] = of_one([](const Tensor& m) {
    const Tensor lower = m.tril();
    return at::matmul(lower, lower.transpose(-1, -2));
  });
  for (const char* name : {"quad_form", "quad_form_sym"})
    all[name] = [](Evaluation&, const Expr& call, Arguments& values) {
      const bool is_vector = values[1].type.base == Base::vector;
      const Tensor b = is_vector ? values[1].whole().unsqueeze(-1) : values[1].whole();
      const Tensor found = quad(values[0].whole(), b);
      return result(call, is_vector ? found.squeeze(-1).squeeze(-1) : found, any_batched(values));
    };
  all["trace_quad_form"] = [](Evaluation&, const Expr& call, Arguments& values) {
    const bool is_vector = values[1].type.base == Base::vector;
    const Tensor b = is_vector ? values[1].whole().unsqueeze(-1) : values[1].whole();
    return result(
        call, quad(values[0].whole(), b).diagonal(0, -2, -1).sum(-1), any_batched(values));
  };
  all["quad_form_diag"] = of_two(
      [](const Tensor& m, const Tensor& v) { return m * v.unsqueeze(-1) * v.unsqueeze(-2); });
  all["diag_pre_multiply"] =
      of_two([](const Tensor& v, const Tensor& m) { return m * v.unsqueeze(-1); });
  all["diag_post_multiply"] =
      of_two([](const Tensor& m, const Tensor& v) { return m * v.unsqueeze(-2); });
}

void add_solutions(Builtins& all) {
  for (const char* name : {"mdivide_left", "mdivide_left_spd"})
    all[name] = solution(true, solve_any);
  for (const char* name : {"mdivide_right", "mdivide_right_spd"})
    all[name] = solution(false, solve_any);
  all["mdivide_left_tri_low"] = solution(true, solve_lower);
  all["mdivide_right_tri_low"] = solution(false, solve_lower);
  for (const char* name : {"inverse", "inverse_spd"})
    all[name] = of_one([](const Tensor& m) { return at::linalg_inv(m); });
}

}  // namespace

void add_matrices(Builtins& all) {
  add_products(all);
  add_solutions(all);
  all["cholesky_decompose"] = [](Evaluation& at, const Expr& call, Arguments& values) {
    return result(call,
                  cholesky_factor(at, call, values[0].whole(), values[0].is_batched),
                  values[0].is_batched);
  };
  all["determinant"] = of_one([](const Tensor& m) { return at::linalg_det(m); });
  for (const char* name : {"log_determinant", "log_determinant_spd"})
    all[name] = of_one([](const Tensor& m) { return std::get<1>(at::linalg_slogdet(m)); });
  all["trace"] = of_one([](const Tensor& m) { return m.diagonal(0, -2, -1).sum(-1); });
  all["matrix_exp"] = of_one([](const Tensor& m) { return at::linalg_matrix_exp(m); });
  all["symmetrize_from_lower_tri"] =
      of_one([](const Tensor& m) { return m.tril() + m.tril(-1).transpose(-1, -2); });
  all["eigenvalues_sym"] = of_one([](const Tensor& m) { return at::linalg_eigvalsh(m); });
  all["eigenvectors_sym"] = of_one([](const Tensor& m) { return std::get<1>(at::linalg_eigh(m)); });
  all["singular_values"] = of_one([](const Tensor& m) { return at::linalg_svdvals(m); });
  all["diagonal"] = of_one([](const Tensor& m) { return m.diagonal(0, -2, -1); });
  all["diag_matrix"] = of_one([](const Tensor& v) { return at::diag_embed(v); });
  all["identity_matrix"] = [](Evaluation&, const Expr& call, Arguments& values) {
    return result(call, at::eye(values[0].integer, at::kDouble), false);
  };
  all["add_diag"] = add_diag;
  all["gp_exp_quad_cov"] = gp_exp_quad_cov;
}

}  // namespace elbow::programs
