#include "elbow/models/programs/constraints.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "elbow/probability/distributions/cumulative_sum.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Constraint;
using stan::SizedType;

std::int64_t product(const std::vector<std::int64_t>& sizes, std::size_t from, std::size_t to) {
  std::int64_t out = 1;
  for (std::size_t i = from; i < to; ++i) out *= sizes[i];
  return out;
}

std::int64_t pairs_of(std::int64_t n) { return n * (n - 1) / 2; }

/// Of one element of an array of such values.
std::int64_t unconstrained_of_one(const SizedType& type, const std::vector<std::int64_t>& sizes) {
  const auto array = static_cast<std::size_t>(type.type.array);
  const std::int64_t n = sizes.size() > array ? sizes[array] : 1;
  switch (type.constraint) {
    case Constraint::simplex:
      return std::max<std::int64_t>(0, n - 1);
    case Constraint::cov_matrix:
      return n + pairs_of(n);
    case Constraint::corr_matrix:
    case Constraint::cholesky_factor_corr:
      return pairs_of(n);
    case Constraint::cholesky_factor_cov: {
      const std::int64_t columns = sizes[array + 1];
      return columns * (columns + 1) / 2 + (n - columns) * columns;
    }
    default:
      return product(sizes, array, sizes.size());
  }
}

/// A bound's tensor, which broadcasts with values [K, sizes...].
struct Bound {
  Tensor value;
  bool is_batched = false;
};

Bound bound_of(Evaluation& at, const stan::Expr& expr, std::size_t rank) {
  const Value found = at.evaluate(expr);
  return {with_rank(found, static_cast<std::int64_t>(rank)), found.is_batched};
}

Tensor sum_of_draws(const Tensor& values) {
  return values.dim() > 1 ? values.flatten(1).sum(1) : values;
}

Tensor within_bounds(Evaluation& at,
                     const SizedType& type,
                     const stan::Expr& place,
                     const Tensor& u,
                     std::size_t rank,
                     Tensor& log_jacobian) {
  // A bound may be infinite, and then is none.
  const auto finite_or_none = [&](const stan::ExprPtr& bound) -> std::optional<Bound> {
    if (!bound) return std::nullopt;
    Bound out = bound_of(at, *bound, rank);
    if (!out.is_batched && !at::isfinite(out.value).any().item<bool>()) return std::nullopt;
    return out;
  };
  const auto lower = finite_or_none(type.lower), upper = finite_or_none(type.upper);
  if (lower && upper) {
    const Tensor width = upper->value - lower->value;
    at.require(width > 0,
               lower->is_batched || upper->is_batched,
               place,
               "the upper bound is not above the lower one");
    const Tensor log_sides = at::log_sigmoid(u) + at::log_sigmoid(-u);
    log_jacobian = log_jacobian + sum_of_draws(log_sides + width.log());
    return lower->value + width * at::sigmoid(u);
  }
  if (!lower && !upper) return u;
  log_jacobian = log_jacobian + sum_of_draws(u);
  return lower ? lower->value + u.exp() : upper->value - u.exp();
}

Tensor affine(Evaluation& at,
              const SizedType& type,
              const stan::Expr& place,
              const Tensor& u,
              std::size_t rank,
              Tensor& log_jacobian) {
  Tensor out = u;
  if (type.multiplier) {
    const Bound scale = bound_of(at, *type.multiplier, rank);
    at.require(scale.value > 0, scale.is_batched, place, "the multiplier is not above 0");
    log_jacobian = log_jacobian + sum_of_draws(at::zeros_like(u) + scale.value.log());
    out = out * scale.value;
  }
  if (type.offset) out = out + bound_of(at, *type.offset, rank).value;
  return out;
}

/// @param u [K, A, n - 1]
Tensor simplex_of(const Tensor& u, Tensor& log_jacobian) {
  const std::int64_t n = u.size(-1) + 1;
  if (n == 1) return at::ones({u.size(0), u.size(1), 1}, at::kDouble);
  const Tensor left = at::arange(n - 1, 0, -1, at::kDouble);  // n - 1, ..., 1
  const Tensor shifted = u - left.log();
  // z_k of what is left; ln of what is left before k is the sum of ln(1 - z).
  const Tensor log_z = at::log_sigmoid(shifted), log_rest = at::log_sigmoid(-shifted);
  const Tensor log_left = elbow::cumulative_sum(log_rest) - log_rest;
  log_jacobian = log_jacobian + sum_of_draws(log_z + log_rest + log_left);
  const Tensor last = log_rest.sum(-1, /*keepdim=*/true);
  return at::cat({log_z + log_left, last}, -1).exp();
}

Tensor ordered_of(const Tensor& u, bool is_positive, Tensor& log_jacobian) {
  const Tensor steps = is_positive ? u : u.narrow(-1, 1, u.size(-1) - 1);
  log_jacobian = log_jacobian + sum_of_draws(steps);
  if (is_positive) return elbow::cumulative_sum(u.exp());
  return elbow::cumulative_sum(at::cat({u.narrow(-1, 0, 1), steps.exp()}, -1));
}

Tensor unit_vector_of(const Tensor& u, Tensor& log_jacobian) {
  const Tensor square = u.square().sum(-1, true);
  log_jacobian = log_jacobian + sum_of_draws(square * -0.5);
  return u / square.sqrt();
}

/// A factor of a correlation matrix. @param u [K, A, n (n - 1) / 2], by rows @return [K, A, n, n]
Tensor corr_factor_of(const Tensor& u, std::int64_t n, Tensor& log_jacobian) {
  const Tensor z = at::tanh(u);
  const Tensor log_slope = at::log1p(-z.square());  // ln dz/du
  log_jacobian = log_jacobian + sum_of_draws(log_slope);
  std::vector<Tensor> rows;
  const Tensor zero = at::zeros_like(u.narrow(-1, 0, 1)), one = at::ones_like(zero);
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    std::vector<Tensor> entries;
    Tensor left = one;  // 1 - sum of squares so far
    for (std::int64_t j = 0; j < i; ++j, ++at) {
      const Tensor entry = z.narrow(-1, at, 1) * left.sqrt();
      if (j > 0) log_jacobian = log_jacobian + sum_of_draws(left.log() * 0.5);
      left = left - entry.square();
      entries.push_back(entry);
    }
    entries.push_back(left.sqrt());
    for (std::int64_t j = i + 1; j < n; ++j) entries.push_back(zero);
    rows.push_back(at::cat(entries, -1));
  }
  return at::stack(rows, -2);
}

/// A lower-triangular matrix from its numbers by rows, the diagonal exponentiated.
Tensor cov_factor_of(const Tensor& u,
                     std::int64_t rows,
                     std::int64_t columns,
                     Tensor& log_jacobian) {
  std::vector<Tensor> all;
  const Tensor zero = at::zeros_like(u.narrow(-1, 0, 1));
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    std::vector<Tensor> entries;
    for (std::int64_t j = 0; j < columns; ++j) {
      if (j > i) {
        entries.push_back(zero);
        continue;
      }
      const Tensor number = u.narrow(-1, at++, 1);
      if (i == j) log_jacobian = log_jacobian + sum_of_draws(number);
      entries.push_back(i == j ? number.exp() : number);
    }
    all.push_back(at::cat(entries, -1));
  }
  return at::stack(all, -2);
}

/// Sigma = L L' with ln |dSigma / dL| = n ln 2 + sum (n - i) ln L_ii over i from 0 to n - 1, where
/// L's diagonal is exponentiated.
Tensor cov_matrix_of(const Tensor& u, std::int64_t n, Tensor& log_jacobian) {
  const Tensor factor = cov_factor_of(u, n, n, log_jacobian);
  const Tensor weights = at::arange(n, 0, -1, at::kDouble);
  const Tensor log_diagonal = factor.diagonal(0, -2, -1).log();
  log_jacobian = log_jacobian + sum_of_draws(log_diagonal * weights + std::log(2.0));
  return factor.matmul(factor.transpose(-1, -2));
}

/// R = L L' with ln |dR / dL| = sum (n - i - 1) ln L_ii over i from 1.
Tensor corr_matrix_of(const Tensor& u, std::int64_t n, Tensor& log_jacobian) {
  const Tensor factor = corr_factor_of(u, n, log_jacobian);
  const Tensor weights = at::arange(n - 1, -1, -1, at::kDouble);
  const Tensor log_diagonal = factor.diagonal(0, -2, -1).narrow(-1, 1, n - 1).log();
  log_jacobian = log_jacobian + sum_of_draws(log_diagonal * weights.narrow(0, 1, n - 1));
  return factor.matmul(factor.transpose(-1, -2));
}

/// @param u [K, A, m] of A values @return [K, A, sizes of one...]
Tensor structured(const SizedType& type,
                  const std::vector<std::int64_t>& sizes,
                  const Tensor& u,
                  Tensor& log_jacobian) {
  const std::int64_t n = sizes[static_cast<std::size_t>(type.type.array)];
  switch (type.constraint) {
    case Constraint::simplex:
      return simplex_of(u, log_jacobian);
    case Constraint::ordered:
      return ordered_of(u, false, log_jacobian);
    case Constraint::positive_ordered:
      return ordered_of(u, true, log_jacobian);
    case Constraint::unit_vector:
      return unit_vector_of(u, log_jacobian);
    case Constraint::cov_matrix:
      return cov_matrix_of(u, n, log_jacobian);
    case Constraint::corr_matrix:
      return corr_matrix_of(u, n, log_jacobian);
    case Constraint::cholesky_factor_corr:
      return corr_factor_of(u, n, log_jacobian);
    default:
      return cov_factor_of(u, n, sizes.back(), log_jacobian);
  }
}

/// Numbers in the order of Stan's, matrices by columns, as a value of these sizes.
Tensor plain(const SizedType& type, const std::vector<std::int64_t>& sizes, const Tensor& u) {
  std::vector<std::int64_t> shape = sizes;
  shape.insert(shape.begin(), u.size(0));
  if (type.type.base != Base::matrix) return u.reshape(shape);
  std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  return u.reshape(shape).transpose(-1, -2);
}

bool is_elementwise(const SizedType& type) { return type.constraint <= Constraint::affine; }

}  // namespace

std::int64_t num_unconstrained(const SizedType& type, const std::vector<std::int64_t>& sizes) {
  return product(sizes, 0, static_cast<std::size_t>(type.type.array)) *
         unconstrained_of_one(type, sizes);
}

Value constrain(Evaluation& at,
                const stan::Statement& declaration,
                const std::vector<std::int64_t>& sizes,
                const Tensor& u,
                Tensor& log_jacobian) {
  const SizedType& type = *declaration.declared;
  stan::Expr place;
  place.place = declaration.place;
  if (is_elementwise(type)) {
    const Tensor free = type.type.is_scalar() ? u.squeeze(1) : plain(type, sizes, u);
    Tensor value = free;
    if (type.constraint == Constraint::bounds)
      value = within_bounds(at, type, place, free, sizes.size(), log_jacobian);
    if (type.constraint == Constraint::affine)
      value = affine(at, type, place, free, sizes.size(), log_jacobian);
    return Value::of(type.type, value, true);
  }
  const bool has_a_sum =
      type.constraint == Constraint::simplex || type.constraint == Constraint::unit_vector;
  if (has_a_sum && sizes.back() == 0)
    at.refuse(declaration.place,
              "'" + declaration.name + "' has no elements, and they cannot sum to 1",
              "give it a size of 1 or more");
  std::vector<std::int64_t> shape = sizes;
  shape.insert(shape.begin(), u.size(0));
  if (product(sizes, 0, sizes.size()) == 0)
    return Value::of(type.type, at::empty(shape, at::kDouble), /*is_batched=*/true);
  const std::int64_t count = product(sizes, 0, static_cast<std::size_t>(type.type.array));
  const Tensor of_each = u.reshape({u.size(0), count, unconstrained_of_one(type, sizes)});
  return Value::of(type.type, structured(type, sizes, of_each, log_jacobian).reshape(shape), true);
}

}  // namespace elbow::programs
