#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "univariate_draws.h"
#include "univariate_families.h"
#include "univariate_incomplete.h"
#include "univariate_special.h"

namespace elbow::programs {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

// log(p) and log(1 - p), -inf without a derivative at the ends.
Tensor log_share(const Tensor& p) {
  const Tensor is_positive = p.gt(0);
  return at::where(is_positive, at::where(is_positive, p, 1.0).log(), kImpossible);
}
Tensor log_rest(const Tensor& p) {
  const Tensor is_below = p.lt(1);
  return at::where(is_below, (-at::where(is_below, p, 0.0)).log1p(), kImpossible);
}

Tensor zero_or_one(const Tensor& n, const Tensor& at_zero, const Tensor& at_one) {
  return at::where(n.eq(1), at_one, at::where(n.eq(0), at_zero, kImpossible));
}

Tensor bernoulli_mass(const Values& v) {
  return zero_or_one(v[0], log_rest(v[1]), log_share(v[1]));
}
Tensor bernoulli_cdf(const Values& v) {
  return at::where(v[0].lt(0), kImpossible, at::where(v[0].ge(1), 0.0, log_rest(v[1])));
}
Tensor bernoulli_ccdf(const Values& v) {
  return at::where(v[0].lt(0), 0.0, at::where(v[0].ge(1), kImpossible, log_share(v[1])));
}
Tensor bernoulli_logit_mass(const Values& v) {
  // One logarithm: that of the logistic function of +-x.
  const Tensor log = at::log_sigmoid((2 * v[0] - 1) * v[1]);
  const Tensor is_possible = v[0].eq(0).logical_or(v[0].eq(1));
  return is_possible.all().item<bool>() ? log : at::where(is_possible, log, kImpossible);
}

struct Chance {
  Tensor p, log_p, q, log_q;
};

// By the deviances of both counts: what is left has the size of the result.
Tensor binomial_log_mass(const Tensor& n, const Tensor& total, const Chance& chance) {
  const Tensor rest = total - n;
  const Tensor is_none = n.lt(0.5), is_all = rest.lt(0.5);
  const Tensor is_edge = is_none.logical_or(is_all);
  const Tensor x = at::where(is_edge, 1.0, n), y = at::where(is_edge, 1.0, rest);
  const Tensor is_possible = chance.log_p.gt(kImpossible).logical_and(chance.log_q.gt(kImpossible));
  const Tensor log_p = at::where(is_possible, chance.log_p, -1.0),
               log_q = at::where(is_possible, chance.log_q, -1.0);
  const Tensor inner =
      log_beta_kernel(x, y, chance.p, log_p, chance.q, log_q) + (1 / x + 1 / y).log();
  const Tensor middle = at::where(is_possible, inner, kImpossible);
  // No trials: 0, whatever the probability.
  const Tensor some = total.gt(0);
  const auto power = [&](const Tensor& log_chance, const Tensor& is_it) {
    const Tensor is_needed = is_it.logical_and(some);
    return at::where(is_needed, total * at::where(is_needed, log_chance, 0.0), 0.0);
  };
  const Tensor edge = at::where(is_none, power(chance.log_q, is_none), power(chance.log_p, is_all));
  const Tensor inside = n.ge(0).logical_and(n.le(total));
  return at::where(inside, at::where(is_edge, edge, middle), kImpossible);
}

// Arguments N, theta.
Tensor binomial_mass(const Values& v) {
  return binomial_log_mass(v[0], v[1], {v[2], log_share(v[2]), 1 - v[2], log_rest(v[2])});
}
Tensor binomial_logit_mass(const Values& v) {
  return binomial_log_mass(
      v[0],
      v[1],
      {at::sigmoid(v[2]), at::log_sigmoid(v[2]), at::sigmoid(-v[2]), at::log_sigmoid(-v[2])});
}

Span trial_span(const Tensor& n, const Tensor& total) {
  return Span(n, 0.0, n.ge(0).logical_and(n.lt(total)), n.ge(total));
}

Tensor binomial_cdf(const Values& v) {
  const Span span = trial_span(v[0], v[1]);
  const Tensor rest = at::where(span.inside, v[1] - span.value, 1.0);
  return span.cdf(log_beta_lower(rest, span.value + 1, 1 - v[2], v[2]));
}
Tensor binomial_ccdf(const Values& v) {
  const Span span = trial_span(v[0], v[1]);
  const Tensor rest = at::where(span.inside, v[1] - span.value, 1.0);
  return span.ccdf(log_beta_lower(span.value + 1, rest, v[2], 1 - v[2]));
}

// Arguments N, alpha, beta.
Tensor beta_binomial_mass(const Values& v) {
  const Tensor inside = v[0].ge(0).logical_and(v[0].le(v[1]));
  const Tensor n = at::where(inside, v[0], 0.0), rest = at::where(inside, v[1] - v[0], 0.0);
  const Tensor value = log_choose(n + rest, n) + log_rising(v[2], n) + log_rising(v[3], rest) -
                       log_rising(v[2] + v[3], n + rest);
  return at::where(inside, value, kImpossible);
}

// Sums of the masses up to n and beyond, the greater by the lesser.
Tensor beta_binomial_part(const Values& v, const Span& span, bool is_upper) {
  const Tensor total = at::where(span.inside, v[1], 1.0).unsqueeze(-1);
  const Tensor limit = span.value.unsqueeze(-1);
  const std::int64_t count = static_cast<std::int64_t>(total.max().item<double>()) + 1;
  const Tensor n = at::arange(count, v[0].options());
  const Tensor mass = beta_binomial_mass({n, total, v[2].unsqueeze(-1), v[3].unsqueeze(-1)});
  const Tensor is_low = n.le(limit);
  const Tensor lower = at::where(is_low, mass, kImpossible).logsumexp(-1);
  const Tensor upper = at::where(is_low, kImpossible, mass).logsumexp(-1);
  const Tensor is_lower_less = lower.lt(upper);
  const Tensor least = at::where(is_lower_less, lower, upper);
  const Tensor is_least = is_upper ? is_lower_less.logical_not() : is_lower_less;
  return at::where(is_least, least, log_one_minus_exp_of(-least));
}
Tensor beta_binomial_cdf(const Values& v) {
  const Span span = trial_span(v[0], v[1]);
  return span.cdf(beta_binomial_part(v, span, false));
}
Tensor beta_binomial_ccdf(const Values& v) {
  const Span span = trial_span(v[0], v[1]);
  return span.ccdf(beta_binomial_part(v, span, true));
}

// Arguments N, a, b: n of the N drawn are of the a.
Tensor hypergeometric_mass(const Values& v) {
  const Tensor &n = v[0], &drawn = v[1], &a = v[2], &b = v[3];
  const Tensor inside =
      n.ge(0).logical_and(n.le(a)).logical_and(n.le(drawn)).logical_and((drawn - n).le(b));
  const auto safe = [&](const Tensor& x) { return at::where(inside, x, 0.0); };
  const Tensor value = log_choose(safe(a), safe(n)) + log_choose(safe(b), safe(drawn - n)) -
                       log_choose(safe(a + b), safe(drawn));
  return at::where(inside, value, kImpossible);
}

// Arguments lower, upper.
Tensor range_mass(const Values& v) {
  const Tensor inside = v[0].ge(v[1]).logical_and(v[0].le(v[2]));
  return at::where(inside, -at::where(inside, v[2] - v[1] + 1, 1.0).log(), kImpossible);
}
Tensor range_part(const Values& v, const Span& span, const Tensor& part) {
  return (at::where(span.inside, part, 1.0) / at::where(span.inside, v[2] - v[1] + 1, 1.0)).log();
}
Span range_span(const Values& v) {
  return Span(v[0], 0.0, v[0].ge(v[1]).logical_and(v[0].lt(v[2])), v[0].ge(v[2]));
}
Tensor range_cdf(const Values& v) {
  const Span span = range_span(v);
  return span.cdf(range_part(v, span, v[0] - v[1] + 1));
}
Tensor range_ccdf(const Values& v) {
  const Span span = range_span(v);
  return span.ccdf(range_part(v, span, v[2] - v[0]));
}

double draw_hypergeometric(const Numbers& a, Draws& draws) {
  double marked = a[1], left = a[1] + a[2], out = 0;
  for (double i = 0; i < a[0] && marked > 0; ++i, --left) {
    if (draws.uniform() * left >= marked) continue;
    ++out;
    --marked;
  }
  return out;
}

}  // namespace

void add_trials(std::vector<Univariate>& all) {
  const auto count = Domain::nonnegative, share = Domain::probability;
  all.push_back({"bernoulli",
                 true,
                 {share},
                 {},
                 bernoulli_mass,
                 bernoulli_cdf,
                 bernoulli_ccdf,
                 [](const Numbers& a, Draws& d) { return d.uniform() < a[0] ? 1.0 : 0.0; }});
  all.push_back({"bernoulli_logit",
                 true,
                 {Domain::not_nan},
                 {},
                 bernoulli_logit_mass,
                 nullptr,
                 nullptr,
                 [](const Numbers& a, Draws& d) { return draw_logistic(d) < a[0] ? 1.0 : 0.0; }});
  all.push_back({"binomial",
                 true,
                 {count, share},
                 {0},
                 binomial_mass,
                 binomial_cdf,
                 binomial_ccdf,
                 [](const Numbers& a, Draws& d) { return draw_binomial(a[0], a[1], d); }});
  all.push_back({"binomial_logit",
                 true,
                 {count, Domain::finite},
                 {0},
                 binomial_logit_mass,
                 nullptr,
                 nullptr,
                 [](const Numbers& a, Draws& d) {
                   return draw_binomial(a[0], 1 / (1 + std::exp(-a[1])), d);
                 }});
  all.push_back({"beta_binomial",
                 true,
                 {count, Domain::positive, Domain::positive},
                 {0},
                 beta_binomial_mass,
                 beta_binomial_cdf,
                 beta_binomial_ccdf,
                 [](const Numbers& a, Draws& d) {
                   const double p = draw_beta(a[1], a[2], d);
                   return draw_binomial(a[0], p, d);
                 }});
}

void add_urns(std::vector<Univariate>& all) {
  const auto count = Domain::nonnegative;
  all.push_back({"hypergeometric",
                 true,
                 {count, count, count},
                 {0, 1, 2},
                 hypergeometric_mass,
                 nullptr,
                 nullptr,
                 draw_hypergeometric});
  all.push_back({"discrete_range",
                 true,
                 {Domain::finite, Domain::finite},
                 {0, 1},
                 range_mass,
                 range_cdf,
                 range_ccdf,
                 [](const Numbers& a, Draws& d) {
                   return a[0] + std::floor((a[1] - a[0] + 1) * d.uniform());
                 }});
}

}  // namespace elbow::programs
