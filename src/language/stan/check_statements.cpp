#include "checker.h"

#include <algorithm>

#include "elbow/foundations/config/loader.h"
#include "words.h"

namespace elbow::stan {
namespace {

bool allows_targets(const Function& function) { return ends_in(function.name, "_lp"); }

}  // namespace

void Checker::check_all(Statements& statements) {
  for (StatementPtr& one : statements) check_statement(*one);
}

void Checker::check_statement(Statement& statement) {
  using Kind = Statement::Kind;
  switch (statement.kind) {
    case Kind::declare:
      return check_declaration(statement);
    case Kind::assign:
      return check_assignment(statement);
    case Kind::sample:
      return check_sampling(statement);
    case Kind::give_back:
      return check_return(statement);
    case Kind::for_range:
    case Kind::for_each:
    case Kind::while_loop:
      return check_loop(statement);
    case Kind::increase: {
      if (statement.name == "target")
        need_target(statement.place, "target +=");
      else if (block_ != Block::transformed_parameters)
        mistakes_.refuse(statement.place,
                         "jacobian += stands in transformed parameters only",
                         "write target += in the model block");
      const Type type = check_expr(*statement.value);
      if (type.base == Base::nothing || type.base == Base::text)
        need(*statement.value, {Base::real, 0}, "target +=");
      return;
    }
    case Kind::if_else:
      for (ExprPtr& condition : statement.arguments) check_condition(*condition);
      [[fallthrough]];
    case Kind::block:
      scopes_.emplace_back();
      check_all(statement.body);
      scopes_.pop_back();
      return;
    case Kind::print:
    case Kind::reject:
      for (ExprPtr& one : statement.arguments)
        if (one->kind != Expr::Kind::text) check_expr(*one);
      return;
    case Kind::break_loop:
    case Kind::continue_loop:
      if (loops_ == 0)
        mistakes_.refuse(statement.place, "break and continue belong into a loop", "remove it");
      return;
    case Kind::call: {
      const Type type = check_expr(*statement.value);
      if (type.base != Base::nothing)
        mistakes_.refuse(statement.place,
                         "an expression of type " + name_of(type) + " is no statement",
                         "assign it: x = ...;");
      return;
    }
  }
}

void Checker::need_target(Place place, const std::string& what) const {
  if (block_ == Block::model || (function_ != nullptr && allows_targets(*function_))) return;
  mistakes_.refuse(place,
                   what + " has no place in " +
                       (function_ != nullptr ? "the function '" + function_->name + "'"
                                             : std::string("the block '") + name_of(block_) + "'"),
                   "it belongs into the model block, or a function whose name ends in _lp");
}

void Checker::check_declaration(Statement& statement) {
  SizedType& type = *statement.declared;
  check_sizes(type, statement.place);
  const bool is_parameter = block_ == Block::parameters || block_ == Block::transformed_parameters;
  if (is_parameter && type.type.base == Base::integer && function_ == nullptr &&
      scopes_.size() == 1)
    mistakes_.refuse(
        statement.place,
        "'" + statement.name + "' is an integer, and the block '" + name_of(block_) + "' has none",
        "sum over its values in the model (log_sum_exp, log_mix), or make it real");
  if (statement.value) {
    if (block_ == Block::data || block_ == Block::parameters)
      mistakes_.refuse(
          statement.value->place,
          std::string("a variable of the block '") + name_of(block_) + "' has no value of its own",
          "remove the value");
    check_expr(*statement.value);
    need(*statement.value, type.type, "'" + statement.name + "'");
  }
  bind(statement.name, type.type, statement.place, /*is_fixed=*/false, &statement.slot);
}

void Checker::check_sizes(SizedType& type, Place place) {
  for (ExprPtr& size : type.sizes) {
    check_expr(*size);
    need(*size, {Base::integer, 0}, "a size");
  }
  check_bound(type.lower, type, "lower");
  check_bound(type.upper, type, "upper");
  check_bound(type.offset, type, "offset");
  check_bound(type.multiplier, type, "multiplier");
  if (type.constraint != Constraint::none && scopes_.size() > 1 &&
      type.constraint != Constraint::bounds)
    return;
  if (type.constraint == Constraint::affine && type.type.base == Base::integer)
    mistakes_.refuse(place, "an integer has no offset and multiplier", "declare it real");
}

void Checker::check_bound(ExprPtr& bound, const SizedType& type, const char* what) {
  if (!bound) return;
  const Type found = check_expr(*bound);
  const bool is_integer = type.type.base == Base::integer;
  if (found.is_integer() || (!is_integer && found.is_real())) return;
  if (!is_integer && is_assignable(found, type.type)) return;
  need(*bound, {is_integer ? Base::integer : Base::real, 0}, what);
}

void Checker::check_assignment(Statement& statement) {
  Expr* root = statement.target.get();
  while (root->kind == Expr::Kind::index) root = root->parts[0].get();
  if (root->kind != Expr::Kind::variable)
    mistakes_.refuse(statement.target->place,
                     "only a variable, or a part of it, can be assigned",
                     "write x = ... or x[i] = ...");
  const Type type = check_expr(*statement.target);
  // x[1:3][2] is the second of three, x[1:3, 2] something else.
  for (const Expr* inner = statement.target.get(); inner->kind == Expr::Kind::index;) {
    inner = inner->parts[0].get();
    for (const Index& index : inner->indices)
      if (index.is_range || index.from->type.array > 0)
        mistakes_.refuse(statement.target->place,
                         "a part of several parts cannot be assigned",
                         "write all indices in one pair of brackets: x[i, j] = ...");
  }
  const Binding& binding = *find(root->name);
  const bool is_of_block =
      binding.block == block_ && block_ != Block::data && block_ != Block::parameters;
  if (binding.is_fixed || (binding.is_top_level && function_ == nullptr && !is_of_block))
    mistakes_.refuse(
        root->place,
        "'" + root->name + "' cannot be assigned here: it is " +
            (binding.is_fixed ? "the variable of a loop or an argument"
                              : std::string("of the block '") + name_of(binding.block) + "'"),
        "assign to a variable of your own",
        static_cast<int>(root->name.size()));
  const Type value = check_expr(*statement.value);
  if (statement.name.empty()) return need(*statement.value, type, "the assigned variable");
  const auto result = result_of(*find_signature(statement.name), {type, value});
  if (!result || !is_assignable(*result, type))
    mistakes_.refuse(
        statement.place,
        name_of(type) + " and " + name_of(value) + " do not fit " + statement.name.substr(8) + "=",
        "write the assignment with =");
}

void Checker::check_sampling(Statement& statement) {
  need_target(statement.place, "~");
  std::vector<Type> types{check_expr(*statement.value)};
  for (ExprPtr& one : statement.arguments) types.push_back(check_expr(*one));
  std::string name = density_of(statement.name);
  bool is_own = false;
  for (const char* ending : {"_lpdf", "_lpmf"})
    if (has_function(statement.name + ending)) {
      name = statement.name + ending;
      is_own = true;
    }
  const int length = static_cast<int>(statement.name.size());
  if (name.empty()) {
    const std::string near = nearest_word(statement.name, distributions());
    mistakes_.refuse(statement.place,
                     "'" + statement.name + "' is no distribution that elbow knows",
                     near.empty() ? "docs/programs.md lists them" : "did you mean '" + near + "'?",
                     length);
  }
  // Written as a call, so that one place evaluates both.
  auto call = std::make_unique<Expr>();
  call->kind = Expr::Kind::call;
  call->place = statement.place;
  call->name = name;
  call->has_bar = true;
  call->parts.push_back(std::move(statement.value));
  for (ExprPtr& one : statement.arguments) call->parts.push_back(std::move(one));
  statement.arguments.clear();
  statement.value = std::move(call);
  check_call(*statement.value);
  if (is_own && statement.is_truncated)
    mistakes_.refuse(statement.place,
                     "a distribution of your own has no T[,]",
                     "subtract the log of its probability: target += -...");
  check_truncation(statement, types[0]);
}

void Checker::check_truncation(Statement& statement, const Type& value) {
  if (!statement.is_truncated) return;
  if (!value.is_scalar())
    mistakes_.refuse(statement.place,
                     "T[,] truncates one number, found " + name_of(value),
                     "write a loop over its elements");
  const std::string lcdf = statement.name + "_lcdf";
  if (find_signature(lcdf) == nullptr)
    mistakes_.refuse(statement.place,
                     "'" + statement.name + "' has no distribution function here",
                     "leave T[,] out, or subtract its normaliser from target");
  for (ExprPtr* bound : {&statement.lower, &statement.upper})
    if (*bound) {
      check_expr(**bound);
      need(**bound, value.is_integer() ? value : Type{Base::real, 0}, "a bound of T[,]");
    }
}

void Checker::check_condition(Expr& condition) {
  const Type type = check_expr(condition);
  if (!type.is_scalar()) need(condition, {Base::integer, 0}, "a condition");
}

void Checker::check_loop(Statement& statement) {
  scopes_.emplace_back();
  if (statement.kind == Statement::Kind::while_loop) {
    check_condition(*statement.value);
  } else if (statement.kind == Statement::Kind::for_range) {
    for (ExprPtr* bound : {&statement.lower, &statement.upper}) {
      check_expr(**bound);
      need(**bound, {Base::integer, 0}, "a bound of the loop");
    }
    bind(statement.name, {Base::integer, 0}, statement.place, /*is_fixed=*/true, &statement.slot);
  } else {
    Type type = check_expr(*statement.value);
    if (type.is_scalar() || type.base == Base::nothing)
      need(*statement.value, {Base::vector, 0}, "what the loop goes through");
    if (type.array > 0)
      --type.array;
    else
      type = {Base::real, 0};
    bind(statement.name, type, statement.place, /*is_fixed=*/true, &statement.slot);
  }
  ++loops_;
  check_all(statement.body);
  --loops_;
  scopes_.pop_back();
}

void Checker::check_return(Statement& statement) {
  if (function_ == nullptr)
    mistakes_.refuse(statement.place, "return belongs into a function", "remove it");
  const bool has_value = statement.value != nullptr;
  if (has_value) check_expr(*statement.value);
  if (has_value != (function_->result.base != Base::nothing))
    mistakes_.refuse(statement.place,
                     "'" + function_->name + "' returns " + name_of(function_->result),
                     has_value ? "write return; alone" : "write return with a value");
  if (has_value)
    need(*statement.value, function_->result, "the result of '" + function_->name + "'");
}

}  // namespace elbow::stan
