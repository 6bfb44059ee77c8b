#include "univariate_incomplete.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/broadcast_tensors.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <limits>
#include <vector>

#include "univariate_dual.h"

namespace elbow::programs {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kLogHalf = -0.69314718055994530942;
constexpr double kHalfLogTwoPi = 0.91893853320467274178;
constexpr double kNothing = -std::numeric_limits<double>::infinity();
constexpr double kPrecision = 1e-16;
constexpr int kMostTerms = 2000000;

double digamma_at(double x) {
  double shift = 0;
  for (; x < 10; ++x) shift -= 1 / x;
  const double square = 1 / (x * x);
  const double tail =
      square *
      (1.0 / 12 -
       square * (1.0 / 120 -
                 square * (1.0 / 252 -
                           square * (1.0 / 240 - square * (1.0 / 132 - square * 691 / 32760)))));
  return shift + std::log(x) - 0.5 / x - tail;
}

// log Gamma(a) - ((a - 1/2) log a - a + log(2 pi) / 2)
Dual stirling_part(const Dual& a) {
  if (a.v <= 15)
    return chain(a,
                 std::lgamma(a.v) - (a.v - 0.5) * std::log(a.v) + a.v - kHalfLogTwoPi,
                 digamma_at(a.v) - std::log(a.v) + 0.5 / a.v);
  const Dual inverse = reciprocal(a), square = inverse * inverse;
  return inverse *
         (1.0 / 12 -
          square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
}

// x log(x / m) + m - x; of small ratios by log_m, since m may be 0.
Dual deviance_part(const Dual& x, const Dual& m, const Dual& log_m) {
  const double d = (m.v - x.v) / x.v;
  const double log_ratio = d < -0.5 ? log_m.v - std::log(x.v) : std::log1p(d);
  double value = m.v - x.v - x.v * log_ratio;
  if (std::abs(d) < 0.02) {
    const double r = d / (2 + d), square = r * r;
    const double tail = ((square / 9 + 1.0 / 7) * square + 1.0 / 5) * square + 1.0 / 3;
    value = -x.v * 2 * square * (r * tail - 1 / (1 - r));
  }
  Dual out(value);
  for (std::size_t i = 0; i < 3; ++i) out.d[i] = -log_ratio * x.d[i] + (m.v - x.v) * log_m.d[i];
  return out;
}

// log(x^a e^-x / Gamma(a))
Dual log_gamma_front(const Dual& a, const Dual& x) {
  return log(a) * 0.5 - deviance_part(a, x, log(x)) - stirling_part(a) - kHalfLogTwoPi;
}

// True of a NaN too, or its loop would not end.
bool is_small_beside(const Dual& term, const Dual& sum) {
  bool is_large = std::abs(term.v) > kPrecision * std::abs(sum.v);
  for (std::size_t i = 0; i < 3; ++i)
    is_large =
        is_large || std::abs(term.d[i]) > 10 * kPrecision * (std::abs(sum.d[i]) + std::abs(sum.v));
  return !is_large;
}

// A continued fraction 1 / (b_0 + a_1 / (b_1 + ...)) by Lentz's method: Thompson and Barnett,
// "Coulomb and Bessel functions of complex arguments and order", 1986.
class Fraction {
 public:
  explicit Fraction(const Dual& b) : c_(1e300), d_(reciprocal(b)), value_(d_) {}

  /// Whether another term is wanted.
  bool add(const Dual& a, const Dual& b) {
    d_ = reciprocal(a * d_ + b);
    c_ = b + a / c_;
    const Dual factor = c_ * d_;
    value_ = value_ * factor;
    return ++count_ < kMostTerms && !is_small_beside(factor - 1, 1);
  }
  const Dual& value() const { return value_; }

 private:
  Dual c_, d_, value_;
  int count_ = 0;
};

// log Gamma(1 + a) for 0 < a <= 1, without the rounding of 1 + a.
Dual log_gamma_one_plus(const Dual& a) {
  double value = std::lgamma(1 + a.v);
  if (a.v < 0.1) {
    constexpr double kEuler = 0.57721566490153286061;
    value = 0;
    for (int k = 18; k >= 2; --k) value = value * -a.v + std::riemann_zeta(k) / k;
    value = a.v * (a.v * value - kEuler);
  }
  return chain(a, value, digamma_at(1 + a.v));
}

// Both for a <= 1 and x <= 1: P = x^a / Gamma(1 + a) (1 + a sum of (-x)^n / (n! (a + n))).
Dual log_small_lower(const Dual& a, const Dual& x) {
  Dual power = -x, sum = power / (a + 1);
  for (int n = 2; n < 40; ++n) {
    power = power * -x / n;
    sum = sum + power / (a + n);
  }
  return a * log(x) - log_gamma_one_plus(a) + log1p(a * sum);
}

// log Q for x beyond about a.
Dual log_gamma_tail(const Dual& a, const Dual& x) {
  // Then the fraction is 1 / x, and its squares may overflow.
  if (x.v > 1e100) return log_gamma_front(a, x) - log(x);
  Dual b = x + 1 - a;
  Fraction fraction(b);
  for (double i = 1;; ++i) {
    b = b + 2;
    if (!fraction.add((a - i) * i, b)) break;
  }
  return log_gamma_front(a, x) + log(fraction.value());
}

// log P for x up to about a.
Dual log_gamma_series(const Dual& a, const Dual& x) {
  if (a.v <= 1 && x.v <= 1) return log_small_lower(a, x);
  Dual term = reciprocal(a), sum = term;
  for (int n = 1; n < kMostTerms && !is_small_beside(term, sum); ++n) {
    term = term * x / (a + n);
    sum = sum + term;
  }
  return log_gamma_front(a, x) + log(sum);
}

// Differentiable in log(x), since x may be very small or large.
Dual log_gamma_part(bool is_upper, const Dual& a, double x_value) {
  if (!(x_value > 0)) return is_upper ? 0 : kNothing;
  if (std::isinf(x_value)) return is_upper ? kNothing : 0;
  Dual x(x_value);
  x.d[1] = x_value;
  if (x.v > 1 && x.v > a.v + 1) {
    const Dual upper = log_gamma_tail(a, x);
    return is_upper ? upper : log_one_minus_exp(upper);
  }
  const Dual lower = log_gamma_series(a, x);
  return is_upper ? log_one_minus_exp(lower) : lower;
}

struct Share {  // of a whole of 1
  Dual value, log;
};

// log(p^a q^b / B(a, b))
Dual log_beta_front(const Dual& a, const Dual& b, const Share& p, const Share& q) {
  const Dual sum = a + b, log_sum = log(sum);
  return stirling_part(sum) - stirling_part(a) - stirling_part(b) -
         deviance_part(a, sum * p.value, log_sum + p.log) -
         deviance_part(b, sum * q.value, log_sum + q.log) + (log(a) + log(b) - log_sum) * 0.5 -
         kHalfLogTwoPi;
}

// Didonato, Morris, "Significant digit computation of the incomplete beta function ratios", 1992,
// equation 9: without cancellation where a is large and p near 1.
Dual log_beta_fraction(const Dual& a, const Dual& b, const Share& p, const Share& q) {
  const Dual sum = a + b, x = p.value;
  const Dual lambda = p.value.v < q.value.v ? a - sum * x : sum * q.value - b;
  Fraction fraction(a / (a + 1) * (lambda + 1));
  for (double n = 1;; ++n) {
    const Dual odd = a + (2 * n - 1), weight = (b - n) * x * n / odd;
    const Dual numerator = (a + (n - 1)) * (sum + (n - 1)) / odd * weight * x;
    const Dual denominator = weight + n + (a + n) / (odd + 2) * (lambda + 1 + (q.value + 1) * n);
    if (!fraction.add(numerator, denominator)) break;
  }
  return log_beta_front(a, b, p, q) + log(fraction.value());
}

// The fraction converges fast for p up to about the mean.
Dual log_beta_part(const Dual& a, const Dual& b, const Share& p, const Share& q) {
  if (p.value.v <= (a.v + 1) / (a.v + b.v + 2)) return log_beta_fraction(a, b, p, q);
  return log_one_minus_exp(log_beta_fraction(b, a, q, p));
}

Dual log_beta_of(const Dual& a, const Dual& b, double p_value, double q_value) {
  if (!(p_value > 0)) return kNothing;
  if (!(q_value > 0)) return 0;
  const Dual p = Dual::variable(p_value, 2);
  Dual q(q_value);
  q.d[2] = -1;
  return log_beta_part(a, b, {p, log(p)}, {q, log(q)});
}

// Of the lower tail at -|z|, half of I_p(nu / 2, 1 / 2) with p = nu / (nu + z^2).
Dual log_student_of(double z, const Dual& nu) {
  // At 0 the same to every digit.
  const double size = std::max(std::abs(z), 1e-150);
  if (std::isinf(size)) return z < 0 ? kNothing : 0;
  const Dual root = chain(nu, std::sqrt(nu.v), 0.5 / std::sqrt(nu.v));
  const Dual w = size / root, inverse = root / size;
  Share p, q;
  if (w.v < 1) {
    const Dual square = w * w, whole = log1p(square);
    p = {reciprocal(square + 1), -whole};
    q = {square / (square + 1), log(w) * 2 - whole};
  } else {
    const Dual square = inverse * inverse, whole = log1p(square);
    p = {square / (square + 1), log(inverse) * 2 - whole};
    q = {reciprocal(square + 1), -whole};
  }
  const Dual a = nu * 0.5;
  const Dual tail = log_beta_part(a, 0.5, p, q) + kLogHalf;
  Dual out = z > 0 ? log_one_minus_exp(tail) : tail;
  out.d[0] = std::exp(log_beta_front(a, 0.5, p, q).v - std::log(size) - out.v);
  return out;
}

enum class Kind : std::int64_t { gamma_lower, gamma_upper, beta, student };

// The value and the derivatives in the first three inputs.
Dual incomplete_at(Kind kind, double a, double b, double p, double q) {
  switch (kind) {
    case Kind::beta:
      return log_beta_of(Dual::variable(a, 0), Dual::variable(b, 1), p, q);
    case Kind::student:
      return log_student_of(a, Dual::variable(b, 1));
    default:
      return log_gamma_part(kind == Kind::gamma_upper, Dual::variable(a, 0), p);
  }
}

struct Incomplete : torch::autograd::Function<Incomplete> {
  /// Inputs of one shape, not all of them wanted by each kind.
  static Tensor forward(AutogradContext* context,
                        const Tensor& a,
                        const Tensor& b,
                        const Tensor& p,
                        const Tensor& q,
                        Kind kind) {
    std::vector<Tensor> inputs, outputs;
    for (const Tensor& input : {a, b, p, q})
      inputs.push_back(input.detach().to(at::kCPU, at::kDouble).contiguous());
    for (int i = 0; i < 4; ++i) outputs.push_back(at::empty_like(inputs[0]));
    const auto at_index = [&](std::size_t k) { return inputs[k].const_data_ptr<double>(); };
    const double* const from[] = {at_index(0), at_index(1), at_index(2), at_index(3)};
    for (std::int64_t i = 0; i < inputs[0].numel(); ++i) {
      const Dual one = incomplete_at(kind, from[0][i], from[1][i], from[2][i], from[3][i]);
      outputs[0].mutable_data_ptr<double>()[i] = one.v;
      for (std::size_t k = 0; k < 3; ++k) outputs[k + 1].mutable_data_ptr<double>()[i] = one.d[k];
    }
    for (Tensor& output : outputs) output = output.to(a.device());
    context->save_for_backward({outputs[1], outputs[2], outputs[3]});
    return outputs[0];
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "incomplete gamma and beta functions have no second derivatives here");
    const auto slopes = context->get_saved_variables();
    const Tensor& grad = outputs[0];
    return {grad * slopes[0], grad * slopes[1], grad * slopes[2], Tensor(), Tensor()};
  }
};

Tensor incomplete(Kind kind, const Tensor& a, const Tensor& b, const Tensor& p, const Tensor& q) {
  const auto all = at::broadcast_tensors({a, b, p, q});
  return Incomplete::apply(all[0], all[1], all[2], all[3], kind);
}

}  // namespace

Tensor log_gamma_lower(const Tensor& a, const Tensor& x, const Tensor& log_x) {
  return incomplete(Kind::gamma_lower, a, log_x, x.detach(), x.detach());
}

Tensor log_gamma_upper(const Tensor& a, const Tensor& x, const Tensor& log_x) {
  return incomplete(Kind::gamma_upper, a, log_x, x.detach(), x.detach());
}

Tensor log_beta_lower(const Tensor& a, const Tensor& b, const Tensor& p, const Tensor& q) {
  return incomplete(Kind::beta, a, b, p, q.detach());
}

Tensor log_student_lower(const Tensor& z, const Tensor& nu) {
  return incomplete(Kind::student, z, nu, nu.detach(), nu.detach());
}

}  // namespace elbow::programs
