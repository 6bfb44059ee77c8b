#include <ATen/TensorOperators.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/logical_and.h>

#include <cstdio>

#include "elbow/models/programs/constraints.h"

namespace elbow::programs {
namespace {

using stan::Constraint;

constexpr double kTolerance = 1e-8;

Tensor increases(const Tensor& x) { return x.size(-1) < 2 ? x == x : at::diff(x, 1, -1) > 0; }

Tensor is_near(const Tensor& x, double wanted) { return (x - wanted).abs() <= kTolerance; }

Tensor has_factor(const Tensor& m) {
  return at::logical_and((m - m.transpose(-1, -2)).abs().flatten(-2).amax(-1) <= kTolerance,
                         std::get<1>(at::linalg_cholesky_ex(m)) == 0);
}

Tensor is_triangular(const Tensor& m) {
  return at::logical_and(m.triu(1) == 0, at::diag_embed(m.diagonal(0, -2, -1) <= 0).logical_not());
}

/// Whether the structure holds, bool; and what it is, in words.
std::pair<Tensor, std::string> structure_of(Constraint constraint, const Tensor& x) {
  switch (constraint) {
    case Constraint::simplex:
      return {at::logical_and(x >= 0, is_near(x.sum(-1, true), 1)), "a simplex: 0 or above, sum 1"};
    case Constraint::ordered:
      return {increases(x), "ordered: each above the one before"};
    case Constraint::positive_ordered:
      return {at::logical_and(increases(x).all(-1, true), x > 0), "positive and ordered"};
    case Constraint::unit_vector:
      return {is_near(x.square().sum(-1), 1), "of length 1"};
    case Constraint::cov_matrix:
      return {has_factor(x), "symmetric and positive definite"};
    case Constraint::corr_matrix:
      return {at::logical_and(has_factor(x), is_near(x.diagonal(0, -2, -1), 1).all(-1)),
              "a correlation matrix"};
    case Constraint::cholesky_factor_cov:
      return {is_triangular(x), "lower triangular with a positive diagonal"};
    case Constraint::cholesky_factor_corr:
      return {at::logical_and(is_triangular(x).all(-1), is_near(x.square().sum(-1), 1)),
              "the factor of a correlation matrix"};
    default:
      break;
  }
  return {x == x, ""};
}

}  // namespace

void check_constraint(Evaluation& at, const stan::Statement& declaration, const Value& value) {
  const stan::SizedType& type = *declaration.declared;
  if (type.constraint == Constraint::none || type.constraint == Constraint::affine) return;
  stan::Expr place;
  place.place = declaration.place;
  const Tensor whole = value.whole().detach();
  if (whole.numel() == 0) return;
  const std::string name = "'" + declaration.name + "' has to be ";
  if (type.constraint != Constraint::bounds) {
    const auto [holds, words] = structure_of(type.constraint, whole);
    at.require(holds, value.is_batched, place, name + words);
    return;
  }
  const auto check = [&](const stan::ExprPtr& expr, bool is_lower) {
    if (!expr) return;
    const Value bound = at.evaluate(*expr);
    const Tensor limit = with_rank(bound, type.type.num_dimensions()).detach();
    char number[40];
    std::snprintf(number,
                  sizeof number,
                  " %.6g",
                  bound.is_batched    ? 0.0
                  : bound.is_scalar() ? bound.as_number()
                                      : 0.0);
    const std::string of_what = bound.is_scalar() && !bound.is_batched ? number : " its bound";
    at.require(is_lower ? whole >= limit : whole <= limit,
               value.is_batched || bound.is_batched,
               place,
               name + (is_lower ? "at least" : "at most") + of_what);
  };
  check(type.lower, true);
  check(type.upper, false);
}

}  // namespace elbow::programs
