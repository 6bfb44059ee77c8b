// Loops whose passes do not look at each other, all passes at once: a number of each pass is an
// element of a tensor [N], or [K, N] where draws have a part in it.
#include <ATen/TensorIndexing.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/index_put.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/matmul.h>

#include <limits>

#include "builtin_tables.h"
#include "elbow/language/stan/lane_loops.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;
using stan::Statement;

/// A number of each pass; the same one of all where the tensor is undefined.
struct Lane {
  Value one;
  Tensor tensor;  ///< int64 [N] of integers, else float64 [N] or [K, N]
  bool is_batched = false;
  bool is_integer = false;

  bool varies() const { return tensor.defined(); }
};

class LaneRun {
 public:
  /// @param variable the loop's in each pass: a vector or array
  LaneRun(Evaluation& at, const stan::LaneScope& scope, Value variable)
      : at_(at), scope_(scope), count_(variable.size()) {
    variable.settle();
    Lane lane;
    lane.tensor = variable.tensor;
    lane.is_batched = variable.is_batched;
    lane.is_integer = variable.type.base == Base::integer;
    lanes_[scope.variable] = lane;
  }

  void run(const stan::Statements& statements) {
    for (const auto& one : statements) run_one(*one);
  }

 private:
  void run_one(const Statement& statement) {
    switch (statement.kind) {
      case Statement::Kind::declare:
        lanes_[statement.slot] =
            statement.value ? converted_to(evaluate(*statement.value), statement.declared->type)
                            : lane_of(undefined_value(statement.declared->type, {}));
        return;
      case Statement::Kind::assign:
        return assign(statement);
      case Statement::Kind::increase:
        return add_to_target(evaluate(*statement.value));
      case Statement::Kind::sample:
        return add_to_target(evaluate(*statement.value));
      case Statement::Kind::for_range: {
        const std::int64_t first = at_.evaluate(*statement.lower).integer,
                           last = at_.evaluate(*statement.upper).integer;
        for (std::int64_t i = first; i <= last; ++i) {
          at_.frame()[static_cast<std::size_t>(statement.slot)] = Value::of(i);
          run(statement.body);
        }
        return;
      }
      default:
        return run(statement.body);
    }
  }

  static Lane lane_of(const Value& value) {
    Lane out;
    out.one = value;
    out.is_batched = value.is_batched;
    out.is_integer = value.type.is_integer();
    return out;
  }

  Lane lane_of(const Tensor& tensor, bool is_batched) const {
    Lane out;
    out.tensor = tensor.size(-1) == count_ ? tensor : tensor.expand(shape(is_batched));
    out.is_batched = is_batched;
    return out;
  }

  std::vector<std::int64_t> shape(bool is_batched) const {
    return is_batched ? std::vector<std::int64_t>{at_.num_draws(), count_}
                      : std::vector<std::int64_t>{count_};
  }

  static Lane converted_to(Lane lane, const stan::Type& type) {
    if (!lane.varies()) return lane_of(converted(lane.one, type));
    if (lane.is_integer && type.is_real()) lane.tensor = lane.tensor.to(at::kDouble);
    lane.is_integer = type.is_integer();
    return lane;
  }

  /// float64, broadcasts with [K, N].
  static Tensor real_of(const Lane& lane) {
    if (lane.varies()) return lane.tensor.to(at::kDouble);
    const Tensor whole = lane.one.whole();
    return lane.is_batched ? whole.unsqueeze(-1) : whole;
  }

  /// A vector with an element of each pass, or a number.
  static Value value_of(const Lane& lane) {
    if (!lane.varies()) return lane.one;
    return Value::of({Base::vector, 0}, lane.tensor.to(at::kDouble), lane.is_batched);
  }

  Lane evaluate(const Expr& expr) {
    if (!scope_.varies(expr)) return lane_of(at_.evaluate(expr));
    if (expr.kind == Expr::Kind::variable) {
      const Lane& found = lanes_.at(expr.slot);
      if (!found.varies() && found.is_integer && found.one.integer == kUnsetInteger)
        at_.refuse(expr.place, "an integer that has no value yet", "assign it before it is used");
      return found;
    }
    if (expr.kind == Expr::Kind::index) return element(expr);
    return call(expr);
  }

  /// Where each pass reads or writes, from 0: a number, or one of each.
  Lane place_in(const stan::Index& index, std::int64_t size) {
    Lane found = evaluate(*index.from);
    const auto check = [&](std::int64_t one) {
      if (one < 1 || one > size)
        at_.reject(index.from->place,
                   "index " + std::to_string(one) + " is out of 1 to " + std::to_string(size));
    };
    if (!found.varies()) {
      check(found.one.integer);
      found.one = Value::of(found.one.integer - 1);
      return found;
    }
    check(found.tensor.min().item<std::int64_t>());
    check(found.tensor.max().item<std::int64_t>());
    found.tensor = found.tensor - 1;
    return found;
  }

  /// The whole of an indexed variable, and the indices of its elements without that of the draws.
  std::pair<Value*, std::vector<Lane>> places(const stan::IndexedVariable& indexed) {
    Value& whole = at_.frame()[static_cast<std::size_t>(indexed.variable->slot)];
    whole.settle();
    const std::vector<std::int64_t> sizes = whole.sizes();
    std::vector<Lane> out;
    for (std::size_t i = 0; i < indexed.indices.size(); ++i)
      out.push_back(place_in(*indexed.indices[i], sizes[i]));
    return {&whole, out};
  }

  Lane element(const Expr& expr) {
    const auto [whole, at] = places(stan::indexed_variable(expr));
    const std::int64_t first = whole->is_batched ? 1 : 0;
    Tensor rest = whole->tensor;
    // Numbers that are the same for all passes first: views.
    std::vector<Tensor> varying;
    std::int64_t dimension = first;
    for (const Lane& one : at) {
      if (one.varies()) {
        varying.push_back(one.tensor);
        ++dimension;
      } else {
        rest = rest.select(dimension, one.one.integer);
      }
    }
    Lane out;
    out.is_batched = whole->is_batched;
    out.is_integer = expr.type.is_integer();
    if (varying.size() == 1) {
      out.tensor = rows_of(rest, first, varying[0]);
    } else {
      std::vector<at::indexing::TensorIndex> indices;
      if (whole->is_batched) indices.emplace_back(at::indexing::Slice());
      for (const Tensor& one : varying) indices.emplace_back(one);
      out.tensor = rest.index(indices);
    }
    return out;
  }

  /// @param at ascending by one in most loops: then a view
  Tensor rows_of(const Tensor& whole, std::int64_t dimension, const Tensor& at) const {
    const Tensor contiguous = at.contiguous();
    const std::int64_t* place = contiguous.const_data_ptr<std::int64_t>();
    bool is_run = true;
    for (std::int64_t i = 1; i < count_ && is_run; ++i) is_run = place[i] == place[i - 1] + 1;
    if (is_run) return whole.narrow(dimension, place[0], count_);
    return whole.index_select(dimension, contiguous);
  }

  /// A vector of each pass: [K?, N, M]; one for all: [K?, 1, M].
  Tensor vectors(const Lane& lane) const {
    return lane.varies() ? lane.tensor : lane.one.whole().unsqueeze(-2);
  }

  Lane product_of_vectors(const Expr& expr) {
    const Lane a = evaluate(*expr.parts[0]), b = evaluate(*expr.parts[1]);
    const Tensor x = vectors(a), y = vectors(b);
    if (x.size(-1) != y.size(-1))
      at_.refuse(expr.place,
                 "the two sides have " + std::to_string(x.size(-1)) + " and " +
                     std::to_string(y.size(-1)) + " elements",
                 "make them of one size");
    const bool is_batched = a.is_batched || b.is_batched;
    // Data times a vector of parameters, as in regressions: one matrix product.
    if (a.varies() && !a.is_batched && !b.varies())
      return lane_of(at::matmul(y.squeeze(-2), x.t()), is_batched);
    if (b.varies() && !b.is_batched && !a.varies())
      return lane_of(at::matmul(x.squeeze(-2), y.t()), is_batched);
    return lane_of((x * y).sum(-1), is_batched);
  }

  Lane call(const Expr& expr) {
    if (stan::is_product_of_vectors(expr)) return product_of_vectors(expr);
    std::vector<Lane> parts;
    bool are_integers = true, is_batched = false;
    for (const auto& one : expr.parts) {
      parts.push_back(evaluate(*one));
      are_integers = are_integers && parts.back().is_integer;
      is_batched = is_batched || parts.back().is_batched;
    }
    if (are_integers && expr.type.is_integer()) return of_integers(expr, parts);
    if (expr.name.rfind("operator", 0) == 0 && expr.name != "operator^" &&
        expr.name != "operator.^")
      return lane_of(arithmetic(expr.name, parts), is_batched);
    if (expr.name == "log_sum_exp")
      return lane_of(at::logaddexp(real_of(parts[0]), real_of(parts[1])), is_batched);
    if (expr.name == "log_mix") return lane_of(log_mix(expr, parts), is_batched);
    std::vector<Value> values;
    for (const Lane& one : parts) values.push_back(value_of(one));
    if (const auto density = univariate_named(expr.name)) {
      const auto [logs, has_draws] =
          univariate_logs(at_, expr, *density->first, density->second, values);
      return lane_of(logs, has_draws);
    }
    Expr of_vectors;
    of_vectors.kind = Expr::Kind::call;
    of_vectors.place = expr.place;
    of_vectors.name = expr.name;
    of_vectors.type = {Base::vector, 0};
    return lane_of(builtins().at(expr.name)(at_, of_vectors, values).whole(), is_batched);
  }

  static Tensor arithmetic(const std::string& name, const std::vector<Lane>& parts) {
    const Tensor a = real_of(parts[0]);
    if (parts.size() == 1) return name == "operator-" ? -a : a;
    const Tensor b = real_of(parts[1]);
    const char sign = name.back();
    return sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : a / b;
  }

  Tensor log_mix(const Expr& expr, const std::vector<Lane>& parts) {
    const Tensor share = real_of(parts[0]);
    at_.require(at::logical_and(share >= 0, share <= 1).detach(),
                parts[0].is_batched,
                expr,
                "the share of log_mix has to be in [0, 1]");
    return at::logaddexp(share.log() + real_of(parts[1]), at::log1p(-share) + real_of(parts[2]));
  }

  Lane of_integers(const Expr& expr, const std::vector<Lane>& parts) {
    const auto integers = [](const Lane& lane) {
      return lane.varies() ? lane.tensor : at::full({}, lane.one.integer, at::kLong);
    };
    const Tensor a = integers(parts[0]);
    const Tensor b = parts.size() > 1 ? integers(parts[1]) : Tensor();
    const std::string& name = expr.name;
    Lane out;
    out.is_integer = true;
    out.tensor = parts.size() == 1      ? (name == "operator-" ? -a : a)
                 : name == "operator+"  ? a + b
                 : name == "operator-"  ? a - b
                 : name == "operator==" ? a == b
                 : name == "operator!=" ? a != b
                 : name == "operator<"  ? a < b
                 : name == "operator<=" ? a <= b
                 : name == "operator>"  ? a > b
                 : name == "operator>=" ? a >= b
                                        : a * b;
    out.tensor = out.tensor.to(at::kLong).expand({count_});
    if ((out.tensor.abs() > std::numeric_limits<std::int32_t>::max()).any().item<bool>())
      at_.refuse(expr.place, "an integer has more than 32 bits", "make it real: 1.0 * n");
    return out;
  }

  void add_to_target(const Lane& lane) {
    if (lane.varies()) {
      const Tensor sum = lane.tensor.to(at::kDouble).sum(-1);
      return at_.add_to_target(Value::of({Base::real, 0}, sum, lane.is_batched));
    }
    const Tensor all = lane.one.whole() * static_cast<double>(count_);
    at_.add_to_target(Value::of({Base::real, 0}, all, lane.is_batched));
  }

  void assign(const Statement& statement) {
    Lane value = evaluate(*statement.value);
    if (!statement.name.empty()) {
      const Lane before = evaluate(*statement.target);
      const bool are_integers = before.is_integer && value.is_integer;
      Expr operation;
      operation.place = statement.place;
      operation.name = statement.name;
      value = are_integers ? of_integers(operation, {before, value})
                           : lane_of(arithmetic(statement.name, {before, value}),
                                     before.is_batched || value.is_batched);
    }
    value = converted_to(value, statement.target->type);
    const stan::IndexedVariable indexed = stan::indexed_variable(*statement.target);
    if (indexed.indices.empty())
      lanes_[indexed.variable->slot] = value;
    else
      write(indexed, value);
  }

  /// Elements of an outer variable, one of each pass.
  void write(const stan::IndexedVariable& indexed, const Lane& value) {
    auto [whole, at] = places(indexed);
    Tensor tensor = whole->tensor;
    const bool is_batched = whole->is_batched || value.is_batched;
    if (is_batched && !whole->is_batched) {
      std::vector<std::int64_t> wide = tensor.sizes().vec();
      wide.insert(wide.begin(), at_.num_draws());
      tensor = tensor.expand(wide);
    }
    Tensor filled = value.varies()     ? value.tensor
                    : value.is_integer ? at::full({count_}, value.one.integer, at::kLong)
                                       : real_of(value);
    filled = filled.expand(is_batched ? std::vector<std::int64_t>{at_.num_draws(), count_}
                                      : std::vector<std::int64_t>{count_});
    const bool is_all = at.size() == 1 && tensor.dim() == (is_batched ? 2 : 1) &&
                        tensor.size(-1) == count_ && at[0].varies();
    if (is_all) {
      tensor = filled;
    } else {
      c10::List<std::optional<Tensor>> indices;
      if (is_batched) indices.push_back(at::arange(at_.num_draws(), at::kLong).unsqueeze(1));
      for (const Lane& one : at)
        indices.push_back(one.varies() ? one.tensor : at::full({1}, one.one.integer, at::kLong));
      tensor = at::index_put(tensor, indices, filled);
    }
    const stan::Type type = whole->type;
    *whole = Value::of(type, tensor, is_batched);
  }

  Evaluation& at_;
  const stan::LaneScope& scope_;
  std::int64_t count_;
  std::map<int, Lane> lanes_;  ///< by slot
};

}  // namespace

void Evaluation::run_lanes(const Statement& loop, std::int64_t first, std::int64_t last) {
  need_room(loop.place, {last - first + 1});
  run_lanes(loop, Value::of({Base::integer, 1}, at::arange(first, last + 1, at::kLong), false));
}

void Evaluation::run_lanes(const Statement& loop, const Value& elements) {
  LaneRun(*this, *loop.lanes, elements).run(loop.body);
}

}  // namespace elbow::programs
