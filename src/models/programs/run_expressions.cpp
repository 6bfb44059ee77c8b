#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>

#include <limits>

#include "builtin_tables.h"
#include "elbow/foundations/core/error.h"
#include "elbow/language/stan/signatures.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;
using stan::Type;

/// The functions of all signatures, in their order.
const std::vector<Builtin>& builtins_in_order() {
  static const std::vector<Builtin> all = [] {
    std::vector<Builtin> out;
    for (const stan::Signature& one : stan::signatures()) {
      const auto found = builtins().find(one.name);
      out.push_back(found == builtins().end() ? nullptr : found->second);
    }
    return out;
  }();
  return all;
}

/// Whether a function's integers are the same for all draws of its arguments.
bool is_of_sizes(const std::string& name) {
  for (const char* one : {"size", "num_elements", "dims", "rows", "cols"})
    if (name == one) return true;
  return false;
}

}  // namespace

std::optional<Value> of_two_numbers(const std::string& name, const Value& a, const Value& b) {
  if (!a.is_scalar() || !b.is_scalar() || a.is_batched || b.is_batched || name.size() != 9)
    return std::nullopt;
  const char sign = name[8];
  if (a.type.is_integer() && b.type.is_integer()) {
    if (sign == '+') return Value::of(a.integer + b.integer);
    if (sign == '-') return Value::of(a.integer - b.integer);
    if (sign == '*') return Value::of(a.integer * b.integer);
    return std::nullopt;
  }
  const double x = a.as_number(), y = b.as_number();
  if (sign == '+') return Value::of(x + y);
  if (sign == '-') return Value::of(x - y);
  if (sign == '*') return Value::of(x * y);
  if (sign == '/') return Value::of(x / y);
  return std::nullopt;
}

Value Evaluation::evaluate(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::integer:
      return Value::of(expr.integer);
    case Expr::Kind::real:
      return Value::of(expr.number);
    case Expr::Kind::variable: {
      Value& found = frame_[static_cast<std::size_t>(expr.slot)];
      found.settle();
      if (found.type.is_integer()) check_integer(expr, found);
      return found;
    }
    case Expr::Kind::call:
      return evaluate_call(expr);
    case Expr::Kind::index:
      return evaluate_index(expr);
    case Expr::Kind::ternary:
      return converted(evaluate(*expr.parts[is_true(*expr.parts[0]) ? 1 : 2]), expr.type);
    case Expr::Kind::array:
    case Expr::Kind::row: {
      std::vector<Value> parts;
      const Type inner = type_of_parts(expr.type);
      for (const auto& one : expr.parts) parts.push_back(converted(evaluate(*one), inner));
      for (const Value& one : parts)
        if (one.sizes() != parts.front().sizes())
          refuse(expr.place, "the elements have different sizes", "make them of one size");
      return joined(expr.type, std::move(parts));
    }
    case Expr::Kind::text:
      break;
  }
  return Value();
}

bool Evaluation::is_true(const Expr& condition) {
  const Value found = evaluate(condition);
  depends_on_draw_ = depends_on_draw_ || found.is_batched;
  return found.as_number() != 0;
}

void Evaluation::check_integer(const Expr& expr, const Value& value) const {
  if (value.integer == kUnsetInteger)
    refuse(expr.place, "an integer that has no value yet", "assign it before it is used");
  if (value.integer > std::numeric_limits<std::int32_t>::max() || value.integer < kUnsetInteger)
    refuse(expr.place,
           "the integer " + std::to_string(value.integer) + " has more than 32 bits",
           "make it real: 1.0 * n");
}

std::int64_t Evaluation::integer_of(const Expr& expr) { return evaluate(expr).integer; }

std::int64_t Evaluation::position(const stan::Index& index, std::int64_t size, stan::Place place) {
  const std::int64_t found = integer_of(*index.from);
  if (found < 1 || found > size) {
    reject(place, "index " + std::to_string(found) + " is out of 1 to " + std::to_string(size));
  }
  return found - 1;
}

std::vector<std::int64_t> Evaluation::positions(const stan::Index& index,
                                                std::int64_t size,
                                                stan::Place place) {
  std::vector<std::int64_t> out;
  if (!index.is_range) {
    for (const std::int64_t one : evaluate(*index.from).integers()) out.push_back(one - 1);
  } else {
    const std::int64_t from = index.from ? integer_of(*index.from) : 1,
                       to = index.to ? integer_of(*index.to) : size;
    for (std::int64_t i = from; i <= to; ++i) {
      out.push_back(i - 1);
      if (i < 1 || i > size) break;
    }
  }
  for (const std::int64_t one : out)
    if (one < 0 || one >= size)
      reject(place, "index " + std::to_string(one + 1) + " is out of 1 to " + std::to_string(size));
  return out;
}

Value Evaluation::evaluate_index(const Expr& expr) {
  std::vector<const stan::Index*> indices;
  for (const stan::Index& one : expr.indices) indices.push_back(&one);
  const Expr& base = *expr.parts[0];
  // A variable that is kept in parts stays so.
  if (base.kind == Expr::Kind::variable)
    return part_of(frame_[static_cast<std::size_t>(base.slot)], indices, 0, expr.place);
  return part_of(evaluate(base), indices, 0, expr.place);
}

namespace {

bool is_several(const stan::Index& index) {
  return index.is_range || index.from->type == Type{Base::integer, 1};
}

/// Rows or elements, without a value for each. @param dimension of the tensor
Tensor selected(const Tensor& whole, std::int64_t dimension, const std::vector<std::int64_t>& at) {
  bool is_run = !at.empty();
  for (std::size_t i = 1; i < at.size(); ++i) is_run = is_run && at[i] == at[i - 1] + 1;
  if (is_run) return whole.narrow(dimension, at[0], static_cast<std::int64_t>(at.size()));
  return whole.index_select(dimension, Value::of(at).tensor);
}

}  // namespace

Value Evaluation::part_of(const Value& value,
                          const std::vector<const stan::Index*>& indices,
                          std::size_t depth,
                          stan::Place place) {
  if (depth == indices.size()) {
    Value out = value;
    out.settle();
    if (out.type.is_integer() && out.integer == kUnsetInteger)
      refuse(place, "an integer that has no value yet", "assign it before it is used");
    return out;
  }
  const stan::Index& index = *indices[depth];
  if (!is_several(index)) {
    const std::int64_t at = position(index, value.size(), place);
    return part_of(value.part(at), indices, depth + 1, place);
  }
  Value whole = value;
  whole.settle();
  const std::vector<std::int64_t> at = positions(index, whole.size(), place);
  const std::int64_t first = whole.is_batched ? 1 : 0;
  Value chosen = Value::of(whole.type, selected(whole.tensor, first, at), whole.is_batched);
  if (depth + 1 == indices.size()) return chosen;
  if (value.type.base == Base::matrix && value.type.array == 0) {
    // Columns of some rows.
    const stan::Index& next = *indices[depth + 1];
    const std::int64_t columns = chosen.tensor.size(first + 1);
    if (!is_several(next)) {
      const std::int64_t column = position(next, columns, place);
      return Value::of(
          {Base::vector, 0}, chosen.tensor.select(first + 1, column), chosen.is_batched);
    }
    return Value::of(chosen.type,
                     selected(chosen.tensor, first + 1, positions(next, columns, place)),
                     chosen.is_batched);
  }
  std::vector<Value> parts;
  for (std::int64_t i = 0; i < chosen.size(); ++i)
    parts.push_back(part_of(chosen.part(i), indices, depth + 1, place));
  if (parts.empty()) return chosen;
  Type type = parts.front().type;
  ++type.array;
  return joined(type, std::move(parts));
}

Value Evaluation::evaluate_logic(const Expr& expr) {
  const bool is_and = expr.name == "operator&&";
  const bool first = is_true(*expr.parts[0]);
  if (first != is_and) return Value::of(std::int64_t{first});
  return Value::of(std::int64_t{is_true(*expr.parts[1])});
}

Value Evaluation::evaluate_call(const Expr& expr) {
  if (expr.name == "target") return Value::of({Base::real, 0}, target(), target().dim() > 0);
  if (expr.name == "operator&&" || expr.name == "operator||") return evaluate_logic(expr);
  std::vector<Value> arguments;
  arguments.reserve(expr.parts.size());
  for (const auto& one : expr.parts) arguments.push_back(evaluate(*one));
  if (expr.function != nullptr) return call_own(expr, arguments);
  if (arguments.size() == 2)
    if (auto quick = of_two_numbers(expr.name, arguments[0], arguments[1])) {
      if (quick->type.is_integer()) check_integer(expr, *quick);
      return *quick;
    }
  return call_builtin(expr, arguments);
}

Value Evaluation::call_builtin(const Expr& expr, std::vector<Value>& arguments) {
  const Builtin& function = builtins_in_order()[static_cast<std::size_t>(expr.slot)];
  const bool are_of_draws = any_batched(arguments);
  const std::string name = expr.name.rfind("operator", 0) == 0 ? expr.name.substr(8) : expr.name;
  try {
    Value out = function(*this, expr, arguments);
    // Integers hold for one draw.
    if (expr.type.base == Base::integer && are_of_draws && out.type.base == Base::integer)
      depends_on_draw_ = depends_on_draw_ || !is_of_sizes(name);
    if (out.type.is_integer()) check_integer(expr, out);
    return out;
  } catch (const c10::LinAlgError&) {
    if (are_of_draws) throw Rejection(place_text(expr.place) + ": '" + name + "' has no result");
    reject(expr.place, "'" + name + "' has no result: the matrix is singular");
  } catch (const c10::Error&) {
    std::string sizes;
    for (const Value& one : arguments) {
      std::string of_one;
      for (const std::int64_t size : one.sizes())
        of_one += (of_one.empty() ? "" : ",") + std::to_string(size);
      sizes += (sizes.empty() ? "[" : ", [") + of_one + "]";
    }
    refuse(expr.place,
           "'" + name + "' cannot take values of the sizes " + sizes,
           "check the sizes in the program and in its data");
  }
}

Value Evaluation::call_own(const Expr& expr, std::vector<Value>& arguments) {
  const stan::Function& function = *expr.function;
  std::vector<Value> frame(static_cast<std::size_t>(function.num_slots));
  for (std::size_t i = 0; i < arguments.size(); ++i)
    frame[static_cast<std::size_t>(function.arguments[i].slot)] =
        converted(arguments[i], function.arguments[i].type);
  std::swap(frame_, frame);
  std::optional<Value> outer;
  std::swap(returned_, outer);
  const auto back = [&] {
    std::swap(frame_, frame);
    std::swap(returned_, outer);
  };
  try {
    run_all(function.body);
  } catch (...) {
    back();
    throw;
  }
  back();
  if (function.result.base == Base::nothing) return Value();
  if (!outer)
    refuse(expr.place, "'" + function.name + "' ended without a return", "return on every path");
  return converted(*outer, function.result);
}

}  // namespace elbow::programs
