#include "checker.h"

#include "elbow/foundations/config/loader.h"
#include "words.h"

namespace elbow::stan {
namespace {

struct Unsupported {
  const char* begin;
  const char* message;
  const char* help;
};
constexpr Unsupported kUnsupported[] = {
    {"integrate_ode",
     "ODE solvers are not supported",
     "write the solution in closed form, or a fixed number of steps of a loop"},
    {"ode_",
     "ODE solvers are not supported",
     "write the solution in closed form, or a fixed number of steps of a loop"},
    {"dae", "DAE solvers are not supported", "write the solution in closed form"},
    {"algebra_solver",
     "solvers are not supported",
     "write a fixed number of Newton steps as a loop"},
    {"solve_", "solvers are not supported", "write a fixed number of Newton steps as a loop"},
    {"integrate_1d",
     "integrate_1d is not supported",
     "write a sum over fixed points of a quadrature"},
    {"reduce_sum",
     "reduce_sum is not supported",
     "write the sum; elbow evaluates all draws at once"},
    {"map_rect", "map_rect is not supported", "write a loop"},
    {"hmm_", "hmm_ functions are not supported", "write the forward algorithm with log_sum_exp"},
    {"to_complex", "complex numbers are not supported", "use two real numbers"},
    {"fft", "complex numbers are not supported", "use real matrices"},
    {"csr_", "sparse matrices are not supported", "use a dense matrix"},
};

std::string types_in_words(const std::vector<Type>& types) {
  std::string out;
  for (const Type& one : types) out += (out.empty() ? "" : ", ") + name_of(one);
  return "(" + out + ")";
}

std::string shown_name(const std::string& name) {
  return name.rfind("operator", 0) == 0 ? name.substr(8) : name;
}

/// The type of a part. @param many whether each index is several
std::optional<Type> part_of(Type type, const std::vector<bool>& many, std::size_t k) {
  if (k == many.size()) return type;
  if (type.array > 0) {
    --type.array;
    auto inner = part_of(type, many, k + 1);
    if (inner && many[k]) ++inner->array;
    return inner;
  }
  const bool is_last = k + 1 == many.size();
  if (type.base == Base::vector || type.base == Base::row_vector) {
    if (!is_last) return std::nullopt;
    return many[k] ? type : Type{Base::real, 0};
  }
  if (type.base != Base::matrix || k + 2 < many.size()) return std::nullopt;
  if (is_last) return Type{many[k] ? Base::matrix : Base::row_vector, 0};
  if (many[k] && many[k + 1]) return Type{Base::matrix, 0};
  if (many[k]) return Type{Base::vector, 0};
  return Type{many[k + 1] ? Base::row_vector : Base::real, 0};
}

}  // namespace

std::string without_dropped_constants(const std::string& name) {
  for (const char* ending : {"_lupdf", "_lupmf"})
    if (ends_in(name, ending)) return name.substr(0, name.size() - 5) + (ending + 2);
  return name;
}

Type Checker::check_expr(Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::integer:
      expr.type = {Base::integer, 0};
      break;
    case Expr::Kind::real:
      expr.type = {Base::real, 0};
      break;
    case Expr::Kind::text:
      expr.type = {Base::text, 0};
      break;
    case Expr::Kind::variable:
      expr.type = check_variable(expr);
      break;
    case Expr::Kind::call:
      expr.type = check_call(expr);
      break;
    case Expr::Kind::index:
      expr.type = check_index(expr);
      break;
    case Expr::Kind::ternary:
      expr.type = check_ternary(expr);
      break;
    case Expr::Kind::array:
      expr.type = check_array(expr);
      break;
    case Expr::Kind::row:
      expr.type = check_row(expr);
      break;
  }
  return expr.type;
}

void Checker::need(const Expr& expr, const Type& wanted, const std::string& what) const {
  if (is_assignable(expr.type, wanted)) return;
  std::string help = "convert it, or change the declaration";
  if (wanted.base == Base::integer && expr.type.is_real())
    help = "integers are written without a decimal point; a real number does not become one";
  if (wanted.base == Base::row_vector && expr.type.base == Base::vector) help = "transpose it: x'";
  if (wanted.base == Base::vector && expr.type.base == Base::row_vector) help = "transpose it: x'";
  if (wanted == Type{Base::vector, 0} && expr.type.array == 1) help = "convert it: to_vector(x)";
  mistakes_.refuse(expr.place,
                   "expected " + name_of(wanted) + " for " + what + ", found " + name_of(expr.type),
                   help);
}

Type Checker::check_variable(Expr& expr) {
  const Binding* found = find(expr.name);
  if (found == nullptr)
    mistakes_.refuse(expr.place,
                     "'" + expr.name + "' is not declared",
                     has_function(expr.name) || find_signature(expr.name) != nullptr
                         ? "it is a function: write " + expr.name + "(...)"
                         : names_like(expr.name),
                     static_cast<int>(expr.name.size()));
  expr.slot = found->slot;
  return found->type;
}

Type Checker::check_ternary(Expr& expr) {
  check_condition(*expr.parts[0]);
  const Type a = check_expr(*expr.parts[1]), b = check_expr(*expr.parts[2]);
  if (is_assignable(a, b)) return b;
  need(*expr.parts[2], a, "the other value of ?");
  return a;
}

Type Checker::check_array(Expr& expr) {
  Type type = check_expr(*expr.parts[0]);
  for (ExprPtr& one : expr.parts) {
    const Type found = check_expr(*one);
    if (is_assignable(type, found)) type = found;
  }
  for (ExprPtr& one : expr.parts) need(*one, type, "an element of the array");
  ++type.array;
  return type;
}

Type Checker::check_row(Expr& expr) {
  const Type type = check_expr(*expr.parts[0]);
  const bool is_matrix = type == Type{Base::row_vector, 0};
  for (ExprPtr& one : expr.parts) {
    check_expr(*one);
    need(*one, is_matrix ? type : Type{Base::real, 0}, is_matrix ? "a row" : "an element of [ ]");
  }
  return {is_matrix ? Base::matrix : Base::row_vector, 0};
}

bool Checker::is_many(Index& index) {
  for (ExprPtr* bound : {&index.from, &index.to})
    if (*bound) check_expr(**bound);
  if (index.is_range) {
    for (ExprPtr* bound : {&index.from, &index.to})
      if (*bound) need(**bound, {Base::integer, 0}, "an index");
    return true;
  }
  if (index.from->type == Type{Base::integer, 1}) return true;
  need(*index.from, {Base::integer, 0}, "an index");
  return false;
}

Type Checker::check_index(Expr& expr) {
  const Type type = check_expr(*expr.parts[0]);
  std::vector<bool> many;
  for (Index& one : expr.indices) many.push_back(is_many(one));
  const auto found = part_of(type, many, 0);
  if (!found)
    mistakes_.refuse(expr.place,
                     name_of(type) + " has " + std::to_string(type.num_dimensions()) +
                         " dimensions, found " + std::to_string(many.size()) + " indices",
                     "remove an index");
  return *found;
}

Function* Checker::find_function(const std::string& name, const std::vector<Type>& types) const {
  Function* declared = nullptr;
  for (const auto& one : program_.functions) {
    if (one->name != name || one->arguments.size() != types.size()) continue;
    bool fits = true;
    for (std::size_t i = 0; i < types.size(); ++i)
      fits = fits && is_assignable(types[i], one->arguments[i].type);
    if (!fits) continue;
    if (one->is_defined) return one.get();
    declared = one.get();
  }
  return declared;
}

bool Checker::has_function(const std::string& name) const {
  for (const auto& one : program_.functions)
    if (one->name == name) return true;
  return false;
}

Type Checker::check_user_call(Expr& expr, const std::vector<Type>& types) {
  Function* found = find_function(expr.name, types);
  if (found == nullptr) {
    std::string takes;
    for (const auto& one : program_.functions)
      if (one->name == expr.name) {
        std::vector<Type> wanted;
        for (const Argument& argument : one->arguments) wanted.push_back(argument.type);
        takes = types_in_words(wanted);
      }
    mistakes_.refuse(expr.place,
                     "'" + expr.name + "' takes " + takes + ", found " + types_in_words(types),
                     "change the arguments",
                     static_cast<int>(expr.name.size()));
  }
  if (!found->is_defined)
    mistakes_.refuse(
        found->place, "'" + found->name + "' is declared and never defined", "write its body");
  if (ends_in(found->name, "_lp")) need_target(expr.place, "'" + found->name + "'");
  expr.function = found;
  if (function_ != nullptr) calls_[function_].emplace_back(found, expr.place);
  return found->result;
}

Type Checker::check_call(Expr& expr) {
  if (expr.name == "target") {
    need_target(expr.place, "target()");
    return expr.type = {Base::real, 0};
  }
  // Before its arguments, of which the name of a function is no variable.
  refuse_unsupported(expr);
  std::vector<Type> types;
  for (ExprPtr& one : expr.parts) types.push_back(check_expr(*one));
  const bool is_density = is_density_name(expr.name);
  if (expr.has_bar && !is_density)
    mistakes_.refuse(
        expr.place, "'" + expr.name + "' has no |", "separate its arguments by commas");
  if (is_density && !expr.has_bar && expr.parts.size() > 1)
    mistakes_.refuse(expr.place,
                     "expected a | behind the first argument of " + expr.name,
                     "write " + expr.name + "(y | ...)",
                     static_cast<int>(expr.name.size()));
  const bool is_draw = ends_in(expr.name, "_rng");
  const bool may_draw = block_ == Block::transformed_data ||
                        block_ == Block::generated_quantities ||
                        (function_ != nullptr && ends_in(function_->name, "_rng"));
  if (is_draw && !may_draw)
    mistakes_.refuse(expr.place,
                     "'" + expr.name + "' draws, which has no place here",
                     "draw in generated quantities or transformed data",
                     static_cast<int>(expr.name.size()));
  if (has_function(expr.name)) return expr.type = check_user_call(expr, types);
  expr.name = without_dropped_constants(expr.name);
  const Signature* signature = find_signature(expr.name);
  if (signature == nullptr) refuse_unknown_function(expr);
  const auto result = result_of(*signature, types);
  if (!result) refuse_call(expr, types);
  expr.slot = static_cast<int>(signature - signatures().data());
  return expr.type = *result;
}

void Checker::refuse_call(const Expr& expr, const std::vector<Type>& types) const {
  std::string takes = describe(*find_signature(expr.name));
  constexpr std::size_t kLongest = 400;
  if (takes.size() > kLongest) takes = takes.substr(0, kLongest) + " ...";
  mistakes_.refuse(expr.place,
                   "'" + shown_name(expr.name) + "' does not take " + types_in_words(types),
                   "it takes " + takes,
                   static_cast<int>(shown_name(expr.name).size()));
}

void Checker::refuse_unsupported(const Expr& expr) const {
  if (has_function(expr.name) || find_signature(expr.name) != nullptr) return;
  for (const Unsupported& one : kUnsupported)
    if (expr.name.rfind(one.begin, 0) == 0)
      mistakes_.refuse(expr.place, one.message, one.help, static_cast<int>(expr.name.size()));
}

void Checker::refuse_unknown_function(const Expr& expr) const {
  const int length = static_cast<int>(expr.name.size());
  std::vector<std::string> known;
  for (const Signature& one : signatures()) known.push_back(one.name);
  for (const auto& one : program_.functions) known.push_back(one->name);
  const std::string near = nearest_word(expr.name, known);
  mistakes_.refuse(expr.place,
                   "there is no function '" + expr.name + "'",
                   near.empty() ? "docs/programs.md lists what is; write it in the functions block"
                                : "did you mean '" + near + "'?",
                   length);
}

}  // namespace elbow::stan
