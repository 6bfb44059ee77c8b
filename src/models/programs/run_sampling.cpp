// y ~ distribution(...) T[lower, upper].
#include <ATen/TensorOperators.h>

#include "elbow/models/programs/evaluation.h"

namespace elbow::programs {

using stan::Statement;

void Evaluation::sample(const Statement& statement) {
  const stan::Expr& call = *statement.value;
  if (!statement.is_truncated) {
    add_to_target(evaluate(call));
    return;
  }
  std::vector<Value> arguments;
  for (const auto& one : call.parts) arguments.push_back(evaluate(*one));
  add_to_target(builtins().at(call.name)(*this, call, arguments));
  truncate(statement, arguments);
}

void Evaluation::truncate(const Statement& statement, const std::vector<Value>& arguments) {
  const Univariate& distribution = *find_univariate(statement.name);
  const stan::Expr& call = *statement.value;
  const auto log_of = [&](Univariate::Log function, Value bound) {
    std::vector<Value> with_bound = arguments;
    with_bound[0] = std::move(bound);
    return univariate_log(*this, call, distribution, function, with_bound);
  };
  const Value& y = arguments[0];
  Value lower, upper;
  const auto is_inside = [&](const Value& bound, bool is_lower) {
    const Tensor difference = is_lower ? y.whole() - bound.whole() : bound.whole() - y.whole();
    require(
        difference >= 0, y.is_batched || bound.is_batched, call, "the value is outside of T[,]");
  };
  if (statement.lower) {
    lower = evaluate(*statement.lower);
    is_inside(lower, true);
    // P(Y >= lower) of counts.
    if (distribution.is_discrete) lower = Value::of(lower.integer - 1);
  }
  if (statement.upper) {
    upper = evaluate(*statement.upper);
    is_inside(upper, false);
  }
  std::vector<Value> logs;
  if (statement.lower && statement.upper) {
    logs = {log_of(distribution.log_cdf, upper), log_of(distribution.log_cdf, lower)};
    logs = {builtins().at("log_diff_exp")(*this, call, logs)};
  } else if (statement.lower || statement.upper) {
    logs = {statement.lower ? log_of(distribution.log_ccdf, lower)
                            : log_of(distribution.log_cdf, upper)};
  }
  if (!logs.empty()) add_to_target(builtins().at("operator-")(*this, call, logs));
}

}  // namespace elbow::programs
