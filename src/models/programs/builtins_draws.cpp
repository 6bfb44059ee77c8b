// Draws of more than one number.
#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include "builtin_tables.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;

/// The first place whose share of the sum is above a uniform number, from 0.
std::int64_t drawn_class(const std::vector<double>& weights, Draws& draws) {
  double total = 0;
  for (const double one : weights) total += one;
  double left = draws.uniform() * total;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return static_cast<std::int64_t>(i);
  }
  return static_cast<std::int64_t>(weights.size()) - 1;
}

std::vector<double> doubles_of(const Tensor& values) {
  const Tensor flat = values.flatten().contiguous();
  const double* begin = flat.const_data_ptr<double>();
  return {begin, begin + flat.numel()};
}

Builtin draw_categorical(bool is_logit) {
  return [is_logit](Evaluation& at, const Expr&, Arguments& values) {
    Draws& draws = at.need_draws();
    const Tensor given = values[0].whole();
    return Value::of(1 + drawn_class(doubles_of(is_logit ? at::softmax(given, -1) : given), draws));
  };
}

Value draw_multinomial(Evaluation& at, const Expr&, Arguments& values) {
  Draws& draws = at.need_draws();
  const std::vector<double> shares = doubles_of(values[0].whole());
  std::vector<std::int64_t> out(shares.size(), 0);
  for (std::int64_t n = 0; n < values[1].integer; ++n)
    ++out[static_cast<std::size_t>(drawn_class(shares, draws))];
  return Value::of(out);
}

Value draw_dirichlet(Evaluation& at, const Expr& call, Arguments& values) {
  Draws& draws = at.need_draws();
  std::vector<double> out = doubles_of(values[0].whole());
  for (double& one : out) one = draws.gamma(one);
  const Tensor parts = at::tensor(out, at::kDouble);
  return result(call, parts / parts.sum(), false);
}

enum class Given { covariance, precision, factor };

Builtin draw_multi_normal(Given spread) {
  return [spread](Evaluation& at, const Expr& call, Arguments& values) {
    Draws& draws = at.need_draws();
    const Tensor mean = values[0].whole().flatten();
    Tensor matrix = values[1].whole();
    matrix = matrix.reshape({mean.numel(), mean.numel()});
    std::vector<double> noise(static_cast<std::size_t>(mean.numel()));
    for (double& one : noise) one = draws.normal();
    const Tensor z = at::tensor(noise, at::kDouble);
    if (spread == Given::factor) return result(call, mean + at::mv(matrix, z), false);
    const auto [factor, info] = at::linalg_cholesky_ex(matrix);
    if (info.item<std::int64_t>() != 0)
      at.reject(call.place, "the matrix is not positive definite");
    if (spread == Given::covariance) return result(call, mean + at::mv(factor, z), false);
    const Tensor turned = at::linalg_solve_triangular(factor.t(), z.unsqueeze(-1), /*upper=*/true);
    return result(call, mean + turned.squeeze(-1), false);
  };
}

Value draw_ordered_logistic(Evaluation& at, const Expr&, Arguments& values) {
  Draws& draws = at.need_draws();
  const double eta = values[0].as_number(), u = draws.uniform();
  std::int64_t out = 1;
  for (const double cut : doubles_of(values[1].whole()))
    if (u > 1 / (1 + std::exp(-(cut - eta)))) ++out;
  return Value::of(out);
}

}  // namespace

void add_draws(Builtins& all) {
  all["categorical_rng"] = draw_categorical(false);
  all["categorical_logit_rng"] = draw_categorical(true);
  all["multinomial_rng"] = draw_multinomial;
  all["dirichlet_rng"] = draw_dirichlet;
  all["multi_normal_rng"] = draw_multi_normal(Given::covariance);
  all["multi_normal_prec_rng"] = draw_multi_normal(Given::precision);
  all["multi_normal_cholesky_rng"] = draw_multi_normal(Given::factor);
  all["ordered_logistic_rng"] = draw_ordered_logistic;
}

const Builtins& builtins() {
  static const Builtins all = [] {
    Builtins out;
    add_elementwise(out);
    add_arithmetic(out);
    add_sums(out);
    add_makers(out);
    add_shapes(out);
    add_matrices(out);
    add_univariate_densities(out);
    add_multivariate_densities(out);
    add_draws(out);
    return out;
  }();
  return all;
}

}  // namespace elbow::programs
