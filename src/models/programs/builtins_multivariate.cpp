// Densities of more than one number.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/expm1.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/special_log_ndtr.h>
#include <ATen/ops/special_xlogy.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "builtin_tables.h"
#include "cholesky_factor.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;

constexpr double kLogTwoPi = 1.83787706640934548356;

/// Sums over everything but the draws, of a log density that may lack either.
Value summed(const Tensor& log, bool is_batched) {
  const Tensor sum = is_batched ? (log.dim() > 1 ? log.flatten(1).sum(1) : log) : log.sum();
  return Value::of({Base::real, 0}, sum, is_batched);
}

/// A vector, or an array of them, as rows: [K?, N, n]
Tensor rows_of(const Value& value) {
  const Tensor whole = value.whole();
  return value.type.array == 0 ? whole.unsqueeze(-2) : whole;
}

/// Of integers from 1: columns to take.
Tensor classes_of(Evaluation& at, const Expr& call, const Value& value, std::int64_t count) {
  const std::vector<std::int64_t> all =
      value.is_scalar() ? std::vector<std::int64_t>{value.integer} : value.integers();
  for (const std::int64_t one : all)
    if (one < 1 || one > count)
      at.reject(call.place,
                "the value " + std::to_string(one) + " is out of 1 to " + std::to_string(count));
  return Value::of(all).tensor - 1;
}

Builtin categorical(bool is_logit) {
  return [is_logit](Evaluation& at, const Expr& call, Arguments& values) {
    const Tensor given = values[1].whole();
    if (!is_logit)
      at.require(
          at::logical_and(given.detach() >= 0, (given.detach().sum(-1, true) - 1).abs() < 1e-8),
          values[1].is_batched,
          call,
          "the probabilities have to be a simplex");
    const Tensor log = is_logit ? at::log_softmax(given, -1) : given.log();
    const Tensor at_class = log.index_select(-1, classes_of(at, call, values[0], given.size(-1)));
    return summed(at_class, values[1].is_batched);
  };
}

Builtin multinomial(bool is_logit) {
  return [is_logit](Evaluation& at, const Expr& call, Arguments& values) {
    const Tensor counts = values[0].whole(), given = values[1].whole();
    if (counts.size(-1) != given.size(-1))
      at.refuse(call.place, "as many counts as probabilities", "make them of one size");
    const Tensor log = is_logit ? at::special_xlogy(counts, at::softmax(given, -1))
                                : at::special_xlogy(counts, given);
    const Tensor constant = at::lgamma(counts.sum() + 1) - at::lgamma(counts + 1).sum();
    return summed(log.sum(-1) + constant, values[1].is_batched);
  };
}

Value dirichlet(Evaluation& at, const Expr& call, Arguments& values) {
  const Tensor x = values[0].whole(), alpha = values[1].whole();
  at.require(
      alpha.detach() > 0, values[1].is_batched, call, "the concentrations have to be above 0");
  const Tensor log = at::lgamma(alpha.sum(-1)) - at::lgamma(alpha).sum(-1) +
                     at::special_xlogy(alpha - 1, x).sum(-1);
  return summed(log, any_batched(values));
}

enum class Spread { covariance, precision, factor };

/// ln N(y; mu, spread) of rows, plus what is common, for the normal and Student's t.
struct Quadratic {
  Tensor square;   ///< [K?, N]: squared Mahalanobis distances
  Tensor log_det;  ///< [K?, 1]: of the covariance's factor
  std::int64_t size;
};

Quadratic quadratic_of(Evaluation& at,
                       const Expr& call,
                       const Value& y,
                       const Value& mean,
                       const Value& matrix,
                       Spread spread) {
  const Tensor difference = rows_of(y) - rows_of(mean);
  Quadratic out;
  out.size = difference.size(-1);
  const std::vector<std::int64_t> sizes = matrix.sizes();
  if (sizes[0] != out.size || sizes[1] != out.size)
    at.refuse(call.place,
              "a matrix of " + std::to_string(sizes[0]) + " x " + std::to_string(sizes[1]) +
                  " for vectors of " + std::to_string(out.size),
              "make them of one size");
  const Tensor factor = spread == Spread::factor
                            ? matrix.whole().tril()
                            : cholesky_factor(at, call, matrix.whole(), matrix.is_batched);
  const Tensor log_diagonal = factor.diagonal(0, -2, -1).abs().log().sum(-1, true);
  if (spread == Spread::factor)
    at.require(factor.detach().diagonal(0, -2, -1) > 0,
               matrix.is_batched,
               call,
               "the factor's diagonal has to be above 0");
  if (spread == Spread::precision) {
    out.square = at::matmul(difference, factor).square().sum(-1);
    out.log_det = -log_diagonal;
  } else {
    const Tensor columns = difference.transpose(-1, -2);
    out.square = at::linalg_solve_triangular(factor, columns, /*upper=*/false).square().sum(-2);
    out.log_det = log_diagonal;
  }
  return out;
}

Builtin multi_normal(Spread spread) {
  return [spread](Evaluation& at, const Expr& call, Arguments& values) {
    const Quadratic q = quadratic_of(at, call, values[0], values[1], values[2], spread);
    const Tensor log = q.square * -0.5 - q.log_det - 0.5 * kLogTwoPi * static_cast<double>(q.size);
    return summed(log, any_batched(values));
  };
}

Value multi_student_t(Evaluation& at, const Expr& call, Arguments& values) {
  const Quadratic q = quadratic_of(at, call, values[0], values[2], values[3], Spread::covariance);
  at.require(values[1].whole().detach() > 0,
             values[1].is_batched,
             call,
             "the degrees of freedom have to be above 0");
  const Tensor nu = with_rank(values[1], 1);
  const auto n = static_cast<double>(q.size);
  const Tensor log = at::lgamma((nu + n) / 2) - at::lgamma(nu / 2) - 0.5 * n * (nu * M_PI).log() -
                     q.log_det - (nu + n) / 2 * at::log1p(q.square / nu);
  return summed(log, any_batched(values));
}

/// ln of the normaliser of LKJ. Lewandowski, Kurowicka, Joe, 2009, eq. 16, in the products of
/// betas.
Tensor log_lkj_normaliser(const Tensor& eta, std::int64_t n) {
  Tensor out = at::zeros_like(eta);
  for (std::int64_t k = 1; k < n; ++k) {
    const auto left = static_cast<double>(n - k);
    const Tensor b = eta + (left - 1) / 2;
    out = out + left * (2 * at::lgamma(b) - at::lgamma(2 * b) + (2 * b - 1) * std::log(2.0));
  }
  return out;
}

Builtin lkj(bool is_factor) {
  return [is_factor](Evaluation& at, const Expr& call, Arguments& values) {
    const Tensor eta = values[1].whole();
    at.require(eta.detach() > 0, values[1].is_batched, call, "the shape has to be above 0");
    const Tensor factor = is_factor
                              ? values[0].whole()
                              : cholesky_factor(at, call, values[0].whole(), values[0].is_batched);
    const std::int64_t n = factor.size(-1);
    const Tensor log_diagonal = factor.diagonal(0, -2, -1).log();
    Tensor log = -log_lkj_normaliser(eta, n);
    if (n > 1) {
      const Tensor tail = log_diagonal.narrow(-1, 1, n - 1);
      const Tensor weights = at::arange(n - 2, -1, -1, at::kDouble);
      const Tensor shift = 2 * (eta - 1).unsqueeze(-1);
      log = log + ((is_factor ? weights + shift : shift + 0 * weights) * tail).sum(-1);
    }
    return summed(log, any_batched(values));
  };
}

Tensor log_multigamma(const Tensor& a, std::int64_t n) {
  const Tensor steps = at::arange(0, n, at::kDouble) * -0.5;
  return 0.25 * static_cast<double>(n * (n - 1)) * std::log(M_PI) +
         at::lgamma(a.unsqueeze(-1) + steps).sum(-1);
}

Builtin wishart(bool is_inverse) {
  return [is_inverse](Evaluation& at, const Expr& call, Arguments& values) {
    const Tensor w = values[0].whole(), nu = values[1].whole(), s = values[2].whole();
    const std::int64_t n = w.size(-1);
    const auto size = static_cast<double>(n);
    at.require(nu.detach() > size - 1,
               values[1].is_batched,
               call,
               "the degrees of freedom have to be above the size less 1");
    const auto log_det = [](const Tensor& factor) {
      return 2 * factor.diagonal(0, -2, -1).log().sum(-1);
    };
    const Tensor factor_w = cholesky_factor(at, call, w, values[0].is_batched),
                 factor_s = cholesky_factor(at, call, s, values[2].is_batched);
    const Tensor log_w = log_det(factor_w), log_s = log_det(factor_s);
    const Tensor inner = is_inverse ? at::linalg_solve(w, s) : at::linalg_solve(s, w);
    const Tensor trace = inner.diagonal(0, -2, -1).sum(-1);
    const Tensor sign = is_inverse ? (nu + size + 1) * -0.5 : (nu - size - 1) * 0.5;
    const Tensor log = sign * log_w - 0.5 * trace + (is_inverse ? 0.5 : -0.5) * nu * log_s -
                       0.5 * nu * size * std::log(2.0) - log_multigamma(nu / 2, n);
    return summed(log, any_batched(values));
  };
}

/// ln P(y = k) = ln (F(eta - c_{k-1}) - F(eta - c_k)), c_0 = -inf, c_C = inf.
Builtin ordered(bool is_probit) {
  return [is_probit](Evaluation& at, const Expr& call, Arguments& values) {
    const Tensor eta = values[1].is_scalar() ? with_rank(values[1], 1) : values[1].whole();
    const Tensor cuts = values[2].whole();
    const std::int64_t classes = cuts.size(-1) + 1;
    at.require(cuts.detach().diff(1, -1) > 0,
               values[2].is_batched,
               call,
               "the cut points have to increase");
    const Tensor y = classes_of(at, call, values[0], classes);
    const auto cut_at = [&](const Tensor& index) {
      return cuts.index_select(-1, index.clamp(0, classes - 2));
    };
    const auto log_cdf = [is_probit](const Tensor& x) {
      return is_probit ? at::special_log_ndtr(x) : at::log_sigmoid(x);
    };
    const Tensor low = eta - cut_at(y - 1), high = eta - cut_at(y);  // [K?, N]
    // Between: F(low) - F(high) on the side where neither is near 1.
    const Tensor flip = (low + high).detach() > 0;
    const Tensor a = at::where(flip, -high, low), b = at::where(flip, -low, high);
    const Tensor log_a = log_cdf(a), log_b = log_cdf(b);
    const Tensor between = log_a + at::log(-at::expm1((log_b - log_a).clamp_max(-1e-300)));
    const Tensor log =
        at::where(y == 0, log_cdf(-high), at::where(y == classes - 1, log_cdf(low), between));
    return summed(log, any_batched(values));
  };
}

/// alpha + x beta, [K?, N].
Value linear_predictor(const Arguments& values) {
  const Value &x = values[1], &alpha = values[2], &beta = values[3];
  const Tensor slope = x.is_batched ? at::matmul(x.whole(), beta.whole().unsqueeze(-1)).squeeze(-1)
                                    : at::matmul(beta.whole(), x.whole().t());
  const bool is_batched = x.is_batched || alpha.is_batched || beta.is_batched;
  return Value::of({Base::vector, 0}, slope + with_rank(alpha, 1), is_batched);
}

Builtin glm(const char* distribution) {
  return [name = std::string(distribution)](Evaluation& at, const Expr& call, Arguments& values) {
    if (values[1].sizes()[1] != values[3].size())
      at.refuse(call.place, "as many coefficients as columns", "make them of one size");
    const Univariate& found = *find_univariate(name);
    Arguments arguments{values[0], linear_predictor(values)};
    for (std::size_t i = 4; i < values.size(); ++i) arguments.push_back(values[i]);
    return univariate_log(at, call, found, found.log_density, arguments);
  };
}

}  // namespace

void add_multivariate_densities(Builtins& all) {
  all["categorical_lpmf"] = categorical(false);
  all["categorical_logit_lpmf"] = categorical(true);
  all["multinomial_lpmf"] = multinomial(false);
  all["multinomial_logit_lpmf"] = multinomial(true);
  all["dirichlet_lpdf"] = dirichlet;
  all["multi_normal_lpdf"] = multi_normal(Spread::covariance);
  all["multi_normal_prec_lpdf"] = multi_normal(Spread::precision);
  all["multi_normal_cholesky_lpdf"] = multi_normal(Spread::factor);
  all["multi_student_t_lpdf"] = multi_student_t;
  all["lkj_corr_lpdf"] = lkj(false);
  all["lkj_corr_cholesky_lpdf"] = lkj(true);
  all["wishart_lpdf"] = wishart(false);
  all["inv_wishart_lpdf"] = wishart(true);
  all["ordered_logistic_lpmf"] = ordered(false);
  all["ordered_probit_lpmf"] = ordered(true);
  all["bernoulli_logit_glm_lpmf"] = glm("bernoulli_logit");
  all["poisson_log_glm_lpmf"] = glm("poisson_log");
  all["neg_binomial_2_log_glm_lpmf"] = glm("neg_binomial_2_log");
  all["normal_id_glm_lpdf"] = glm("normal");
}

}  // namespace elbow::programs
