// Densities and distribution functions of one number, and their draws.
#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/logical_and.h>

#include <cmath>
#include <cstdio>

#include "builtin_tables.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;

/// How many elements the containers among the values have; -1: there are none.
std::int64_t length_of(Evaluation& at, const Expr& call, const Arguments& values) {
  std::int64_t out = -1;
  for (const Value& one : values) {
    if (one.is_scalar()) continue;
    const std::int64_t size = one.size();
    if (out >= 0 && size != out)
      at.refuse(call.place,
                "the arguments of " + call.name + " have " + std::to_string(out) + " and " +
                    std::to_string(size) + " elements",
                "make them of one size, or numbers");
    out = size;
  }
  return out;
}

std::string short_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

struct Rule {
  const char* words;
  bool (*holds)(double);
  Tensor (*all_hold)(const Tensor&);
};

Rule rule_of(Domain domain) {
  using T = const Tensor&;
  switch (domain) {
    case Domain::finite:
      return {
          "finite", [](double x) { return std::isfinite(x); }, [](T x) { return at::isfinite(x); }};
    case Domain::positive:
      return {"above 0 and finite",
              [](double x) { return x > 0 && std::isfinite(x); },
              [](T x) { return at::logical_and(x > 0, at::isfinite(x)); }};
    case Domain::nonnegative:
      return {"0 or above, and finite",
              [](double x) { return x >= 0 && std::isfinite(x); },
              [](T x) { return at::logical_and(x >= 0, at::isfinite(x)); }};
    case Domain::probability:
      return {"in [0, 1]",
              [](double x) { return x >= 0 && x <= 1; },
              [](T x) { return at::logical_and(x >= 0, x <= 1); }};
    case Domain::open_interval:
      return {"in (0, 1)",
              [](double x) { return x > 0 && x < 1; },
              [](T x) { return at::logical_and(x > 0, x < 1); }};
    case Domain::not_nan:
      break;
  }
  return {"a number", [](double x) { return !std::isnan(x); }, [](T x) { return x == x; }};
}

void check_domain(
    Evaluation& at, const Expr& call, const Value& argument, Domain domain, std::size_t number) {
  const Rule rule = rule_of(domain);
  const std::string words =
      "argument " + std::to_string(number) + " of " + call.name + " has to be " + rule.words;
  if (argument.is_scalar() && !argument.is_batched) {
    if (!rule.holds(argument.as_number()))
      at.reject(call.place, words + ", got " + short_text(argument.as_number()));
    return;
  }
  at.require(rule.all_hold(argument.whole().detach()), argument.is_batched, call, words);
}

Builtin density(const Univariate& distribution, Univariate::Log function) {
  return [&distribution, function](Evaluation& at, const Expr& call, Arguments& values) {
    return univariate_log(at, call, distribution, function, values);
  };
}

Builtin probability(const Univariate& distribution) {
  return [&distribution](Evaluation& at, const Expr& call, Arguments& values) {
    const Value log = univariate_log(at, call, distribution, distribution.log_cdf, values);
    return result(call, log.whole().exp(), log.is_batched);
  };
}

Builtin draws_of(const Univariate& distribution) {
  return [&distribution](Evaluation& at, const Expr& call, Arguments& values) {
    Draws& draws = at.need_draws();
    const std::int64_t length = length_of(at, call, values);
    for (std::size_t i = 0; i < values.size(); ++i)
      check_domain(at, call, values[i], distribution.domains[i], i + 1);
    std::vector<Value> out;
    for (std::int64_t n = 0; n < (length < 0 ? 1 : length); ++n) {
      std::vector<double> arguments;
      for (Value& one : values)
        arguments.push_back(one.is_scalar() ? one.as_number() : one.part(n).as_number());
      const double drawn = distribution.draw(arguments, draws);
      out.push_back(distribution.is_discrete ? Value::of(static_cast<std::int64_t>(drawn))
                                             : Value::of(drawn));
    }
    return length < 0 ? out.front() : joined(call.type, std::move(out));
  };
}

}  // namespace

std::pair<Tensor, bool> univariate_logs(Evaluation& at,
                                        const Expr& call,
                                        const Univariate& distribution,
                                        Univariate::Log function,
                                        const std::vector<Value>& values) {
  const std::int64_t length = length_of(at, call, values);
  for (std::size_t i = 1; i < values.size(); ++i)
    check_domain(at, call, values[i], distribution.domains[i - 1], i);
  std::vector<Tensor> tensors;
  bool is_batched = false;
  for (const Value& one : values) {
    tensors.push_back(with_rank(one, length < 0 ? 0 : 1));
    is_batched = is_batched || one.is_batched;
  }
  Tensor log = function(tensors);
  // Elements of nothing but numbers: of a container that the function did not have to look at.
  if (length >= 0 && (log.dim() == 0 || log.size(-1) != length))
    log = (log.dim() == 0 ? log.unsqueeze(0) : log)
              .expand(is_batched ? std::vector<std::int64_t>{at.num_draws(), length}
                                 : std::vector<std::int64_t>{length});
  return {log, is_batched};
}

Value univariate_log(Evaluation& at,
                     const Expr& call,
                     const Univariate& distribution,
                     Univariate::Log function,
                     const std::vector<Value>& arguments) {
  const std::int64_t length = length_of(at, call, arguments);
  if (length == 0) {
    for (std::size_t i = 1; i < arguments.size(); ++i)
      check_domain(at, call, arguments[i], distribution.domains[i - 1], i);
    return Value::of(0.0);
  }
  const auto [logs, is_batched] = univariate_logs(at, call, distribution, function, arguments);
  return Value::of({Base::real, 0}, length < 0 ? logs : logs.sum(-1), is_batched);
}

std::optional<std::pair<const Univariate*, Univariate::Log>> univariate_named(
    const std::string& name) {
  const std::size_t end = name.rfind('_');
  const Univariate* found =
      end == std::string::npos ? nullptr : find_univariate(name.substr(0, end));
  if (found == nullptr) return std::nullopt;
  const std::string ending = name.substr(end);
  const Univariate::Log function = ending == "_lcdf"                        ? found->log_cdf
                                   : ending == "_lccdf"                     ? found->log_ccdf
                                   : ending == "_lpdf" || ending == "_lpmf" ? found->log_density
                                                                            : nullptr;
  if (function == nullptr) return std::nullopt;
  return std::pair(found, function);
}

void add_univariate_densities(Builtins& all) {
  for (const Univariate& one : univariates()) {
    all[one.name + (one.is_discrete ? "_lpmf" : "_lpdf")] = density(one, one.log_density);
    if (one.log_cdf != nullptr) {
      all[one.name + "_lcdf"] = density(one, one.log_cdf);
      all[one.name + "_cdf"] = probability(one);
    }
    if (one.log_ccdf != nullptr) all[one.name + "_lccdf"] = density(one, one.log_ccdf);
    if (one.draw != nullptr) all[one.name + "_rng"] = draws_of(one);
  }
}

}  // namespace elbow::programs
