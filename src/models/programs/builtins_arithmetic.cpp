// + - * / and their kin.
#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>

#include "builtin_tables.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;

bool is_kind(const Value& value, Base base) {
  return value.type.base == base && value.type.array == 0;
}

void need_same_sizes(Evaluation& at, const Expr& call, const std::vector<Value>& values) {
  if (!values[0].is_scalar() && !values[1].is_scalar() && values[0].sizes() != values[1].sizes())
    at.refuse(call.place, "the two sides have different sizes", "make them of one size");
}

template <class Operation>
Builtin elementwise(const Operation& operation) {
  return [operation](Evaluation& at, const Expr& call, std::vector<Value>& values) {
    need_same_sizes(at, call, values);
    const std::int64_t rank =
        std::max(values[0].type.num_dimensions(), values[1].type.num_dimensions());
    const Tensor a = with_rank(values[0], rank), b = with_rank(values[1], rank);
    Value out;
    const stan::Type type = values[0].is_scalar() ? values[1].type : values[0].type;
    return Value::of(type.base == Base::integer ? stan::Type{Base::real, type.array} : type,
                     operation(a, b),
                     any_batched(values));
  };
}

Value negated(const Expr&, const Value& value) {
  if (value.type.is_integer()) return Value::of(-value.integer);
  if (value.is_scalar() && !value.is_batched) return Value::of(-value.as_number());
  const Tensor whole = value.whole();
  return Value::of(value.type, -whole, value.is_batched);
}

Tensor times_vector(const Value& matrix, const Value& vector) {
  const Tensor a = matrix.whole(), v = vector.whole();
  if (!matrix.is_batched) return at::matmul(v, a.transpose(-1, -2));
  return at::matmul(a, v.unsqueeze(-1)).squeeze(-1);
}

Value product(Evaluation& at, const Expr& call, std::vector<Value>& values) {
  const Value &a = values[0], &b = values[1];
  const bool is_batched = any_batched(values);
  if (a.is_scalar() || b.is_scalar())
    return elementwise([](const Tensor& x, const Tensor& y) { return x * y; })(at, call, values);
  const auto inner = [&at, &call](std::int64_t left, std::int64_t right) {
    if (left != right)
      at.refuse(call.place,
                "a product of " + std::to_string(left) + " columns and " + std::to_string(right) +
                    " rows",
                "the first has as many columns as the second has rows");
  };
  const std::vector<std::int64_t> m = a.sizes(), n = b.sizes();
  const Tensor x = a.whole(), y = b.whole();
  if (is_kind(a, Base::vector)) return result(call, x.unsqueeze(-1) * y.unsqueeze(-2), is_batched);
  inner(m.back(), n.front());
  if (is_kind(a, Base::row_vector) && is_kind(b, Base::vector))
    return result(call, (x * y).sum(-1), is_batched);
  if (is_kind(b, Base::vector)) return result(call, times_vector(a, b), is_batched);
  if (is_kind(a, Base::row_vector))
    return result(call,
                  b.is_batched ? at::matmul(x.unsqueeze(-2), y).squeeze(-2) : at::matmul(x, y),
                  is_batched);
  return result(call, at::matmul(x, y), is_batched);
}

Value quotient(Evaluation& at, const Expr& call, std::vector<Value>& values) {
  if (values[0].type.is_integer() && values[1].type.is_integer()) {
    if (values[1].integer == 0) at.reject(call.place, "an integer divided by 0");
    return Value::of(values[0].integer / values[1].integer);
  }
  if (values[1].is_scalar() || values[0].is_scalar())
    return elementwise([](const Tensor& x, const Tensor& y) { return x / y; })(at, call, values);
  // b / A: the transposed solution of A' x = b'.
  const Tensor b = values[0].whole(), a = values[1].whole();
  const bool is_row = is_kind(values[0], Base::row_vector);
  const Tensor right = is_row ? b.unsqueeze(-1) : b.transpose(-1, -2);
  const Tensor solved = at::linalg_solve(a.transpose(-1, -2), right);
  return result(call, is_row ? solved.squeeze(-1) : solved.transpose(-1, -2), any_batched(values));
}

Value left_quotient(Evaluation&, const Expr& call, std::vector<Value>& values) {
  const Tensor a = values[0].whole(), b = values[1].whole();
  const bool is_vector = is_kind(values[1], Base::vector);
  const Tensor solved = at::linalg_solve(a, is_vector ? b.unsqueeze(-1) : b);
  return result(call, is_vector ? solved.squeeze(-1) : solved, any_batched(values));
}

}  // namespace

void add_arithmetic(Builtins& all) {
  const Builtin plus = elementwise([](const Tensor& a, const Tensor& b) { return a + b; });
  const Builtin minus = elementwise([](const Tensor& a, const Tensor& b) { return a - b; });
  all["operator+"] = [plus](Evaluation& at, const Expr& call, std::vector<Value>& values) {
    return values.size() == 1 ? values[0] : plus(at, call, values);
  };
  all["operator-"] = [minus](Evaluation& at, const Expr& call, std::vector<Value>& values) {
    return values.size() == 1 ? negated(call, values[0]) : minus(at, call, values);
  };
  all["operator*"] = product;
  all["operator/"] = quotient;
  all["operator\\"] = left_quotient;
  all["operator.*"] = elementwise([](const Tensor& a, const Tensor& b) { return a * b; });
  all["operator./"] = elementwise([](const Tensor& a, const Tensor& b) { return a / b; });
  for (const char* name : {"operator%", "operator%/%"})
    all[name] = [is_rest = std::string(name) == "operator%"](
                    Evaluation& at, const Expr& call, std::vector<Value>& values) {
      if (values[1].integer == 0) at.reject(call.place, "an integer divided by 0");
      return Value::of(is_rest ? values[0].integer % values[1].integer
                               : values[0].integer / values[1].integer);
    };
  all["operator'"] =
      all["transpose"] = [](Evaluation&, const Expr& call, std::vector<Value>& values) {
        const Tensor whole = values[0].whole();
        return result(call,
                      values[0].type.base == Base::matrix ? whole.transpose(-1, -2) : whole,
                      values[0].is_batched);
      };
}

}  // namespace elbow::programs
