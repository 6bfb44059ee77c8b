#include <ATen/TensorOperators.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/where.h>

#include <atomic>
#include <cmath>
#include <cstdio>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/language/stan/signatures.h"
#include "elbow/models/programs/evaluation.h"

namespace elbow::programs {

using stan::Base;
using stan::Statement;
using stan::Type;

namespace {

/// For messages: of several draws the first, of many numbers some.
std::string text_of(const Value& value) {
  constexpr std::int64_t kMostNumbers = 10;
  Tensor whole = value.whole().detach();
  if (value.is_batched) whole = whole.select(0, 0);
  const Tensor flat = whole.flatten().contiguous();
  std::string out;
  for (std::int64_t i = 0; i < flat.numel() && i < kMostNumbers; ++i) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", flat.const_data_ptr<double>()[i]);
    out += (i == 0 ? "" : ",") + std::string(text);
  }
  if (flat.numel() > kMostNumbers) out += ",...";
  return value.is_scalar() ? out : "[" + out + "]";
}

}  // namespace

Evaluation::Evaluation(const stan::Program& program,
                       std::vector<Value> frame,
                       std::int64_t num_draws)
    : program_(program), frame_(std::move(frame)), num_draws_(num_draws) {
  frame_.resize(static_cast<std::size_t>(program.num_slots));
}

std::string Evaluation::place_text(stan::Place place) const {
  return program_.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

void Evaluation::reject(stan::Place place, const std::string& what) const {
  if (depends_on_draw_) throw Rejection(place_text(place) + ": " + what);
  refuse(place, what, "no parameter has a part in it: check the program and its data");
}

void Evaluation::need_room(stan::Place place, const std::vector<std::int64_t>& sizes) const {
  constexpr double kMost = 1e8;
  double count = 1;
  for (const std::int64_t one : sizes) count *= static_cast<double>(one);
  if (count <= kMost) return;
  std::string text;
  for (const std::int64_t one : sizes) text += (text.empty() ? "" : " x ") + std::to_string(one);
  refuse(place, text + " numbers do not fit into memory", "at most 100,000,000 of a variable");
}

void Evaluation::refuse(stan::Place place, const std::string& what, const std::string& help) const {
  throw DataError(place_text(place) + ": " + what, help);
}

Draws& Evaluation::need_draws() {
  if (draws == nullptr || num_draws_ > 1) throw NeedsSingleDraws();
  depends_on_draw_ = true;
  return *draws;
}

Tensor Evaluation::target() const {
  return target_.defined() ? target_ + constant_ : at::scalar_tensor(constant_, at::kDouble);
}

void Evaluation::add_to_target(const Value& value) {
  if (!value.is_scalar()) {
    const Tensor whole = value.whole();
    const std::int64_t first = value.is_batched ? 1 : 0;
    const Tensor sum = whole.flatten(first).sum(-1);
    if (value.is_batched)
      target_ = target_.defined() ? target_ + sum : sum;
    else
      constant_ += sum.item<double>();
  } else if (value.is_batched) {
    target_ = target_.defined() ? target_ + value.tensor : value.tensor;
  } else {
    constant_ += value.as_number();
  }
}

void Evaluation::require(const Tensor& holds,
                         bool is_batched,
                         const stan::Expr& call,
                         const std::string& what) {
  if (!is_batched) {
    if (!holds.all().item<bool>()) reject(call.place, what);
    return;
  }
  const Tensor of_draws = holds.dim() > 1 ? holds.flatten(1).all(1) : holds;
  if (reason_.empty() && !of_draws.all().item<bool>())
    reason_ = place_text(call.place) + ": " + what;
  valid_ = valid_.defined() ? at::logical_and(valid_, of_draws) : of_draws;
}

void Evaluation::run(const stan::Statements& statements) { run_all(statements); }

Evaluation::Flow Evaluation::run_all(const stan::Statements& statements) {
  for (const auto& one : statements) {
    const Flow flow = run_one(*one);
    if (flow != Flow::on) return flow;
  }
  return Flow::on;
}

Evaluation::Flow Evaluation::run_one(const Statement& statement) {
  using Kind = Statement::Kind;
  switch (statement.kind) {
    case Kind::declare:
      declare(statement);
      break;
    case Kind::assign:
      assign(statement);
      break;
    case Kind::increase:
      add_to_target(evaluate(*statement.value));
      break;
    case Kind::sample:
      sample(statement);
      break;
    case Kind::for_range:
    case Kind::for_each:
    case Kind::while_loop:
      return run_loop(statement);
    case Kind::if_else:
      return run_if(statement);
    case Kind::block:
      return run_all(statement.body);
    case Kind::give_back:
      if (statement.value) returned_ = evaluate(*statement.value);
      return Flow::back;
    case Kind::print:
      print(statement);
      break;
    case Kind::reject:
      reject(statement.place, "reject(" + said(statement) + ")");
    case Kind::break_loop:
      return Flow::leave;
    case Kind::continue_loop:
      return Flow::again;
    case Kind::call:
      evaluate(*statement.value);
      break;
  }
  return Flow::on;
}

std::string Evaluation::said(const Statement& statement) {
  std::string out;
  for (const auto& one : statement.arguments)
    out += one->kind == stan::Expr::Kind::text ? one->name : text_of(evaluate(*one));
  return out;
}

void Evaluation::print(const Statement& statement) {
  constexpr int kMost = 100;
  static std::atomic<int> printed{0};
  const int before = printed.fetch_add(1);
  if (before < kMost) log::info(place_text(statement.place) + ": " + said(statement));
  if (before == kMost) log::info("print has printed 100 times and is silent from here on");
}

Evaluation::Flow Evaluation::run_if(const Statement& statement) {
  for (std::size_t i = 0; i < statement.body.size(); ++i)
    if (i >= statement.arguments.size() || is_true(*statement.arguments[i]))
      return run_all(statement.body[i]->body);
  return Flow::on;
}

void Evaluation::count_step(const Statement& loop) {
  constexpr std::int64_t kMostSteps = 20'000'000;
  if (++steps_ > kMostSteps)
    refuse(loop.place,
           "the loops do not end: they have run 20,000,000 times",
           "check their bounds and conditions, or write them with vectors");
}

Evaluation::Flow Evaluation::run_loop(const Statement& statement) {
  const auto body = [&] {
    count_step(statement);
    return run_all(statement.body);
  };
  if (statement.kind == Statement::Kind::while_loop) {
    while (is_true(*statement.value)) {
      const Flow flow = body();
      if (flow == Flow::leave) break;
      if (flow == Flow::back) return flow;
    }
    return Flow::on;
  }
  const auto slot = static_cast<std::size_t>(statement.slot);
  const bool is_range = statement.kind == Statement::Kind::for_range;
  const Value elements = is_range ? Value() : evaluate(*statement.value);
  const std::int64_t first = is_range ? integer_of(*statement.lower) : 0;
  const std::int64_t last = is_range ? integer_of(*statement.upper) : elements.size() - 1;
  if (statement.lanes && last > first) {
    count_step(statement);
    is_range ? run_lanes(statement, first, last) : run_lanes(statement, elements);
    return Flow::on;
  }
  for (std::int64_t i = first; i <= last; ++i) {
    frame_[slot] = is_range ? Value::of(i) : elements.part(i);
    const Flow flow = body();
    if (flow == Flow::leave) break;
    if (flow == Flow::back) return flow;
  }
  return Flow::on;
}

std::vector<std::int64_t> Evaluation::sizes_of(const stan::SizedType& type) {
  std::vector<std::int64_t> out;
  for (const auto& one : type.sizes) {
    out.push_back(integer_of(*one));
    if (out.back() < 0)
      refuse(one->place, "a size is " + std::to_string(out.back()), "sizes are 0 or more");
  }
  const auto wanted = static_cast<std::size_t>(type.type.num_dimensions());
  if (out.size() < wanted) out.push_back(out.back());  // square matrices
  if (!out.empty()) need_room(type.sizes.front()->place, out);
  return out;
}

void Evaluation::declare(const Statement& statement) {
  const stan::SizedType& type = *statement.declared;
  const std::vector<std::int64_t> sizes = sizes_of(type);
  Value& variable = frame_[static_cast<std::size_t>(statement.slot)];
  if (!statement.value) {
    variable = undefined_value(type.type, sizes);
    return;
  }
  Value value = converted(evaluate(*statement.value), type.type);
  if (value.sizes() != sizes)
    refuse(statement.place,
           "'" + statement.name + "' and its value have different sizes",
           "declare it of the size of what it is assigned");
  frame_[static_cast<std::size_t>(statement.slot)] = std::move(value);
}

void Evaluation::assign(const Statement& statement) {
  std::vector<const stan::Index*> indices;
  const stan::Expr* root = statement.target.get();
  if (root->kind == stan::Expr::Kind::index) {
    // x[i][j] is x[i, j] where each bracket is one index; the checker has the types.
    std::vector<const stan::Expr*> chain;
    for (; root->kind == stan::Expr::Kind::index; root = root->parts[0].get())
      chain.push_back(root);
    for (auto one = chain.rbegin(); one != chain.rend(); ++one)
      for (const stan::Index& index : (*one)->indices) indices.push_back(&index);
  }
  Value value = evaluate(*statement.value);
  if (!statement.name.empty()) {
    std::vector<Value> both{evaluate(*statement.target), value};
    const auto quick = of_two_numbers(statement.name, both[0], both[1]);
    value = quick ? *quick : builtins().at(statement.name)(*this, *statement.target, both);
  }
  value = converted(value, statement.target->type);
  Value& variable = frame_[static_cast<std::size_t>(root->slot)];
  if (indices.empty()) {
    if (value.sizes() != variable.sizes())
      refuse(statement.place,
             "the variable and its value have different sizes",
             "declare it of the size of what it is assigned");
    variable = std::move(value);
    return;
  }
  assign_part(variable, indices, 0, value, statement.place);
}

void Evaluation::assign_part(Value& target,
                             const std::vector<const stan::Index*>& indices,
                             std::size_t depth,
                             const Value& value,
                             stan::Place place) {
  if (depth == indices.size()) {
    if (target.sizes() != value.sizes())
      refuse(place, "the part and its value have different sizes", "assign as many as there are");
    target = value;
    return;
  }
  const stan::Index& index = *indices[depth];
  const bool is_several = index.is_range || index.from->type.array == 1;
  if (!is_several) {
    const std::int64_t at = position(index, target.size(), place);
    assign_part(target.part_to_write(at), indices, depth + 1, value, place);
    return;
  }
  const std::vector<std::int64_t> all = positions(index, target.size(), place);
  if (static_cast<std::int64_t>(all.size()) != value.size())
    refuse(place, "the part and its value have different sizes", "assign as many as there are");
  for (std::size_t i = 0; i < all.size(); ++i)
    assign_part(target.part_to_write(all[i]),
                indices,
                depth + 1,
                value.part(static_cast<std::int64_t>(i)),
                place);
}

}  // namespace elbow::programs
