// Functions of numbers, element by element.
#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/acos.h>
#include <ATen/ops/acosh.h>
#include <ATen/ops/asin.h>
#include <ATen/ops/asinh.h>
#include <ATen/ops/atan.h>
#include <ATen/ops/atan2.h>
#include <ATen/ops/atanh.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/cosh.h>
#include <ATen/ops/digamma.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/erfc.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/exp2.h>
#include <ATen/ops/expm1.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/fmax.h>
#include <ATen/ops/fmin.h>
#include <ATen/ops/fmod.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/hypot.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log10.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log2.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/polygamma.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/round.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sinh.h>
#include <ATen/ops/special_ndtr.h>
#include <ATen/ops/special_ndtri.h>
#include <ATen/ops/special_xlogy.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/tan.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/trunc.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <limits>

#include "builtin_tables.h"
#include "univariate_incomplete.h"

namespace elbow::programs {
namespace {

using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);

Tensor log1m_exp(const Tensor& x) {
  // Of numbers near 0, ln(-expm1 x); below, log1p(-exp x). Maechler, 2012.
  const Tensor is_near = x > -0.6931471805599453;
  const Tensor near = at::where(is_near, x, at::full_like(x, -0.1)),
               far = at::where(is_near, at::full_like(x, -1.0), x);
  return at::where(is_near, at::log(-at::expm1(near)), at::log1p(-at::exp(far)));
}

Tensor log_diff_exp(const Tensor& a, const Tensor& b) { return a + log1m_exp(b - a); }

Tensor power(const Tensor& a, const Tensor& b) { return at::pow(a, b); }

Tensor log_choose(const Tensor& n, const Tensor& k) {
  return at::lgamma(n + 1) - at::lgamma(k + 1) - at::lgamma(n - k + 1);
}
Tensor log_beta(const Tensor& a, const Tensor& b) {
  return at::lgamma(a) + at::lgamma(b) - at::lgamma(a + b);
}
Tensor multiply_log(const Tensor& a, const Tensor& b) { return at::special_xlogy(a, b); }
Tensor log_falling(const Tensor& x, const Tensor& n) {
  return at::lgamma(x + 1) - at::lgamma(x - n + 1);
}
Tensor log_rising(const Tensor& x, const Tensor& n) { return at::lgamma(x + n) - at::lgamma(x); }

const std::map<std::string, Unary>& unary_functions() {
  using T = const Tensor&;
  static const std::map<std::string, Unary> all{
      {"abs", [](T x) { return at::abs(x); }},
      {"fabs", [](T x) { return at::abs(x); }},
      {"acos", [](T x) { return at::acos(x); }},
      {"acosh", [](T x) { return at::acosh(x); }},
      {"asin", [](T x) { return at::asin(x); }},
      {"asinh", [](T x) { return at::asinh(x); }},
      {"atan", [](T x) { return at::atan(x); }},
      {"atanh", [](T x) { return at::atanh(x); }},
      {"cbrt", [](T x) { return at::sign(x) * at::pow(at::abs(x), 1.0 / 3.0); }},
      {"ceil", [](T x) { return at::ceil(x); }},
      {"cos", [](T x) { return at::cos(x); }},
      {"cosh", [](T x) { return at::cosh(x); }},
      {"digamma", [](T x) { return at::digamma(x); }},
      {"erf", [](T x) { return at::erf(x); }},
      {"erfc", [](T x) { return at::erfc(x); }},
      {"exp", [](T x) { return at::exp(x); }},
      {"exp2", [](T x) { return at::exp2(x); }},
      {"expm1", [](T x) { return at::expm1(x); }},
      {"floor", [](T x) { return at::floor(x); }},
      {"inv", [](T x) { return at::reciprocal(x); }},
      {"inv_cloglog", [](T x) { return -at::expm1(-at::exp(x)); }},
      {"inv_logit", [](T x) { return at::sigmoid(x); }},
      {"inv_Phi", [](T x) { return at::special_ndtri(x); }},
      {"inv_sqrt", [](T x) { return at::rsqrt(x); }},
      {"inv_square", [](T x) { return at::reciprocal(at::square(x)); }},
      {"lgamma", [](T x) { return at::lgamma(x); }},
      {"log", [](T x) { return at::log(x); }},
      {"log10", [](T x) { return at::log10(x); }},
      {"log1m", [](T x) { return at::log1p(-x); }},
      {"log1m_exp", log1m_exp},
      {"log1m_inv_logit", [](T x) { return at::log_sigmoid(-x); }},
      {"log1p", [](T x) { return at::log1p(x); }},
      {"log1p_exp", [](T x) { return -at::log_sigmoid(-x); }},
      {"log2", [](T x) { return at::log2(x); }},
      {"log_inv_logit", [](T x) { return at::log_sigmoid(x); }},
      {"logit", [](T x) { return at::log(x) - at::log1p(-x); }},
      {"Phi", [](T x) { return at::special_ndtr(x); }},
      {"Phi_approx", [](T x) { return at::sigmoid(0.07056 * x * x * x + 1.5976 * x); }},
      {"round", [](T x) { return at::sign(x) * at::floor(at::abs(x) + 0.5); }},
      {"sin", [](T x) { return at::sin(x); }},
      {"sinh", [](T x) { return at::sinh(x); }},
      {"sqrt", [](T x) { return at::sqrt(x); }},
      {"square", [](T x) { return x * x; }},
      {"step", [](T x) { return (x >= 0).to(at::kDouble); }},
      {"tan", [](T x) { return at::tan(x); }},
      {"tanh", [](T x) { return at::tanh(x); }},
      {"tgamma", [](T x) { return at::exp(at::lgamma(x)); }},
      {"trigamma", [](T x) { return at::polygamma(1, x); }},
      {"trunc", [](T x) { return at::trunc(x); }},
  };
  return all;
}

const std::map<std::string, Binary>& binary_functions() {
  using T = const Tensor&;
  static const std::map<std::string, Binary> all{
      {"atan2", [](T a, T b) { return at::atan2(a, b); }},
      {"beta", [](T a, T b) { return at::exp(log_beta(a, b)); }},
      {"binomial_coefficient_log", log_choose},
      {"lchoose", log_choose},
      {"choose", [](T a, T b) { return at::round(at::exp(log_choose(a, b))); }},
      {"fdim", [](T a, T b) { return at::clamp_min(a - b, 0); }},
      {"fmax", [](T a, T b) { return at::fmax(a, b); }},
      {"fmin", [](T a, T b) { return at::fmin(a, b); }},
      {"fmod", [](T a, T b) { return at::fmod(a, b); }},
      {"hypot", [](T a, T b) { return at::hypot(a, b); }},
      {"lbeta", log_beta},
      {"lmultiply", multiply_log},
      {"multiply_log", multiply_log},
      {"log_diff_exp", log_diff_exp},
      {"log_falling_factorial", log_falling},
      {"log_rising_factorial", log_rising},
      {"falling_factorial", [](T a, T b) { return at::exp(log_falling(a, b)); }},
      {"rising_factorial", [](T a, T b) { return at::exp(log_rising(a, b)); }},
      {"pow", power},
      {"operator^", power},
      {"operator.^", power},
  };
  return all;
}

/// @throws DataError for containers of different sizes
Value of_binary(Evaluation& at,
                const stan::Expr& call,
                Binary function,
                std::vector<Value>& values) {
  const std::int64_t rank = call.type.num_dimensions();
  if (!values[0].is_scalar() && !values[1].is_scalar() && values[0].sizes() != values[1].sizes())
    at.refuse(call.place, "the two sides have different sizes", "make them of one size");
  const Tensor a = with_rank(values[0], rank), b = with_rank(values[1], rank);
  return result(call, function(a, b), any_batched(values));
}

Value of_comparison(const std::string& name, const std::vector<Value>& values) {
  const double a = values[0].as_number(), b = values[1].as_number();
  const bool out = name == "operator=="   ? a == b
                   : name == "operator!=" ? a != b
                   : name == "operator<"  ? a < b
                   : name == "operator<=" ? a <= b
                   : name == "operator>"  ? a > b
                                          : a >= b;
  return Value::of(std::int64_t{out});
}

void add_constants(Builtins& all) {
  static const std::map<std::string, double> kNumbers{
      {"pi", 3.14159265358979323846},
      {"e", 2.71828182845904523536},
      {"sqrt2", 1.41421356237309504880},
      {"not_a_number", std::numeric_limits<double>::quiet_NaN()},
      {"positive_infinity", std::numeric_limits<double>::infinity()},
      {"negative_infinity", -std::numeric_limits<double>::infinity()},
      {"machine_precision", std::numeric_limits<double>::epsilon()}};
  for (const auto& [name, number] : kNumbers)
    all[name] = [number = number](Evaluation&, const stan::Expr&, std::vector<Value>&) {
      return Value::of(number);
    };
}

}  // namespace

void add_elementwise(Builtins& all) {
  add_constants(all);
  for (const auto& [name, function] : unary_functions())
    all[name] = [name = name, function = function](
                    Evaluation&, const stan::Expr& call, std::vector<Value>& values) {
      if (values.empty()) return Value::of(name == "log2" ? std::log(2.0) : std::log(10.0));
      if (call.type.is_integer()) return Value::of(std::abs(values[0].integer));
      if (call.type.base == stan::Base::integer) {
        values[0].settle();
        return Value::of(call.type, values[0].tensor.abs(), false);
      }
      const Tensor whole = values[0].whole();
      return result(call, function(whole), values[0].is_batched);
    };
  for (const auto& [name, function] : binary_functions())
    all[name] = [function = function](
                    Evaluation& at, const stan::Expr& call, std::vector<Value>& values) {
      return of_binary(at, call, function, values);
    };
  for (const char* name :
       {"operator==", "operator!=", "operator<", "operator<=", "operator>", "operator>="})
    all[name] = [name = std::string(name)](
                    Evaluation&, const stan::Expr&, std::vector<Value>& values) {
      return of_comparison(name, values);
    };
  // Evaluated before: the second side only where it decides.
  for (const char* name : {"operator&&", "operator||"})
    all[name] = [](Evaluation&, const stan::Expr&, std::vector<Value>& values) {
      return values[1];
    };
  all["operator!"] = [](Evaluation&, const stan::Expr&, std::vector<Value>& values) {
    return Value::of(std::int64_t{values[0].as_number() == 0});
  };
  all["inc_beta"] = [](Evaluation&, const stan::Expr& call, std::vector<Value>& values) {
    const Tensor p = values[2].whole();
    const Tensor log = log_beta_lower(values[0].whole(), values[1].whole(), p, 1 - p);
    return result(call, log.exp(), any_batched(values));
  };
  for (const char* name : {"gamma_p", "gamma_q"})
    all[name] = [is_lower = std::string(name) == "gamma_p"](
                    Evaluation&, const stan::Expr& call, std::vector<Value>& values) {
      const Tensor a = values[0].whole(), x = values[1].whole();
      const Tensor log = is_lower ? log_gamma_lower(a, x, x.log()) : log_gamma_upper(a, x, x.log());
      return result(call, log.exp(), any_batched(values));
    };
  all["int_step"] = [](Evaluation&, const stan::Expr&, std::vector<Value>& values) {
    return Value::of(std::int64_t{values[0].as_number() > 0});
  };
  all["is_nan"] = [](Evaluation&, const stan::Expr&, std::vector<Value>& values) {
    return Value::of(std::int64_t{std::isnan(values[0].as_number())});
  };
  all["is_inf"] = [](Evaluation&, const stan::Expr&, std::vector<Value>& values) {
    return Value::of(std::int64_t{std::isinf(values[0].as_number())});
  };
  all["fma"] = [](Evaluation&, const stan::Expr& call, std::vector<Value>& values) {
    const std::int64_t rank = call.type.num_dimensions();
    return result(
        call,
        with_rank(values[0], rank) * with_rank(values[1], rank) + with_rank(values[2], rank),
        any_batched(values));
  };
}

}  // namespace elbow::programs
