#include "elbow/language/stan/lane_loops.h"

#include <algorithm>

#include "elbow/language/stan/signatures.h"
#include "words.h"

namespace elbow::stan {
namespace {

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* one) { return name == one; });
}

bool is_single(const Index& index) { return !index.is_range && index.from->type.is_integer(); }

/// Whether an evaluation leaves nothing behind, and gives the same each time.
bool is_pure(const Expr& expr) {
  if (expr.kind == Expr::Kind::call &&
      (expr.name == "target" || ends_in(expr.name, "_lp") || ends_in(expr.name, "_rng")))
    return false;
  const auto part_is_pure = [](const ExprPtr& part) { return !part || is_pure(*part); };
  return std::all_of(expr.parts.begin(), expr.parts.end(), part_is_pure) &&
         std::all_of(expr.indices.begin(), expr.indices.end(), [&](const Index& one) {
           return part_is_pure(one.from) && part_is_pure(one.to);
         });
}

class LaneAnalysis {
 public:
  explicit LaneAnalysis(const Statement& loop) : loop_(loop) { scope_.variable = loop.slot; }

  /// Null where passes may look at each other, or do what has no form for all at once.
  std::shared_ptr<const LaneScope> result() {
    if (!collect(loop_.body) || !all_fit(loop_.body)) return nullptr;
    return std::make_shared<LaneScope>(scope_);
  }

 private:
  bool is_loop_variable(const Index& index) const {
    return is_single(index) && index.from->kind == Expr::Kind::variable &&
           index.from->slot == scope_.variable;
  }

  /// What is declared and assigned, before anything is said to vary.
  bool collect(const Statements& statements) {
    return std::all_of(statements.begin(), statements.end(), [this](const StatementPtr& one) {
      switch (one->kind) {
        case Statement::Kind::declare:
          scope_.locals.insert(one->slot);
          return one->declared->type.is_scalar() && one->declared->constraint == Constraint::none;
        case Statement::Kind::assign:
          return collect_target(*one->target);
        case Statement::Kind::increase:
        case Statement::Kind::sample:
          return true;
        case Statement::Kind::for_range:
        case Statement::Kind::block:
          return collect(one->body);
        default:
          return false;
      }
    });
  }

  bool collect_target(const Expr& target) {
    const auto [variable, indices] = indexed_variable(target);
    if (variable == nullptr) return false;
    // A number of the outside that each pass changes: a sum, or what the next pass reads.
    if (indices.empty()) return scope_.locals.count(variable->slot) > 0;
    for (std::size_t i = 0; i < indices.size(); ++i)
      if (is_loop_variable(*indices[i]))
        return scope_.written.emplace(variable->slot, i).first->second == i;
    return false;
  }

  bool all_fit(const Statements& statements) const {
    return std::all_of(statements.begin(), statements.end(), [this](const StatementPtr& one) {
      switch (one->kind) {
        case Statement::Kind::declare:
          return !one->value || fits(*one->value);
        case Statement::Kind::assign:
          return target_fits(*one->target) && fits(*one->value);
        case Statement::Kind::increase:
          return one->value->type.is_scalar() && fits(*one->value);
        case Statement::Kind::sample:
          return !one->is_truncated && one->value->function == nullptr && fits(*one->value) &&
                 has_scalars(*one->value);
        case Statement::Kind::for_range:
          return fits(*one->lower) && fits(*one->upper) && !scope_.varies(*one->lower) &&
                 !scope_.varies(*one->upper) && all_fit(one->body);
        default:
          return all_fit(one->body);
      }
    });
  }

  bool target_fits(const Expr& target) const {
    const auto [variable, indices] = indexed_variable(target);
    if (!target.type.is_scalar()) return false;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (!is_single(*indices[i]) || !is_pure(*indices[i]->from)) return false;
      const bool is_lane = i == scope_.written.at(variable->slot);
      if (is_lane ? !is_loop_variable(*indices[i]) : scope_.varies(*indices[i]->from)) return false;
    }
    return true;
  }

  static bool has_scalars(const Expr& call) {
    return std::all_of(call.parts.begin(), call.parts.end(), [](const ExprPtr& part) {
      return part->type.is_scalar();
    });
  }

  bool fits(const Expr& expr) const {
    if (!scope_.varies(expr)) return is_pure(expr);
    if (!expr.type.is_scalar()) return false;
    if (expr.kind == Expr::Kind::variable) return scope_.written.count(expr.slot) == 0;
    if (expr.kind == Expr::Kind::index) return index_fits(expr);
    if (expr.kind != Expr::Kind::call || expr.function != nullptr) return false;
    if (is_product_of_vectors(expr))
      return vector_fits(*expr.parts[0]) && vector_fits(*expr.parts[1]);
    if (!has_scalars(expr)) return false;
    return call_fits(expr) && std::all_of(expr.parts.begin(),
                                          expr.parts.end(),
                                          [this](const ExprPtr& part) { return fits(*part); });
  }

  /// Of a product: a row of each pass, or the same vector for all.
  bool vector_fits(const Expr& expr) const {
    if (!scope_.varies(expr)) return is_pure(expr);
    return expr.kind == Expr::Kind::index && index_fits(expr);
  }

  bool index_fits(const Expr& expr) const {
    const auto [variable, indices] = indexed_variable(expr);
    if (variable == nullptr || scope_.locals.count(variable->slot) > 0) return false;
    for (const Index* one : indices)
      if (!is_single(*one) || !fits(*one->from)) return false;
    const auto written = scope_.written.find(variable->slot);
    // Of what other passes write each reads its own.
    return written == scope_.written.end() ||
           (written->second < indices.size() && is_loop_variable(*indices[written->second]));
  }

  static bool call_fits(const Expr& call) {
    const bool are_integers =
        std::all_of(call.parts.begin(), call.parts.end(), [](const ExprPtr& part) {
          return part->type.is_integer();
        });
    if (is_one_of(call.name, {"operator+", "operator-", "operator*", "operator.*"})) return true;
    if (is_one_of(call.name, {"operator/", "operator./"})) return !are_integers;
    if (is_one_of(
            call.name,
            {"operator==", "operator!=", "operator<", "operator<=", "operator>", "operator>="}))
      return are_integers;
    if (call.type.is_integer()) return false;
    if (is_one_of(call.name, {"log_mix", "log_sum_exp"})) return true;
    for (const char* ending : {"_lpdf", "_lpmf", "_lcdf", "_lccdf"})
      if (ends_in(call.name, ending)) return true;
    const Signature* signature = find_signature(call.name);
    return signature != nullptr &&
           (signature->rule == Rule::unary || signature->rule == Rule::binary);
  }

  const Statement& loop_;
  LaneScope scope_;
};

void find_in(Statements& statements) {
  for (StatementPtr& one : statements) {
    const bool goes_through_numbers =
        one->kind == Statement::Kind::for_each && one->value->type.num_dimensions() == 1;
    if (one->kind == Statement::Kind::for_range || goes_through_numbers)
      one->lanes = LaneAnalysis(*one).result();
    find_in(one->body);
  }
}

}  // namespace

bool LaneScope::varies(const Expr& expr) const {
  if (expr.kind == Expr::Kind::variable)
    return expr.slot == variable || locals.count(expr.slot) > 0 || written.count(expr.slot) > 0;
  const auto part_varies = [this](const ExprPtr& part) { return part && varies(*part); };
  return std::any_of(expr.parts.begin(), expr.parts.end(), part_varies) ||
         std::any_of(expr.indices.begin(), expr.indices.end(), [&](const Index& one) {
           return part_varies(one.from) || part_varies(one.to);
         });
}

bool is_product_of_vectors(const Expr& expr) {
  if (expr.kind != Expr::Kind::call || expr.parts.size() != 2 || !expr.type.is_real()) return false;
  if (expr.name != "operator*" && expr.name != "dot_product") return false;
  return std::all_of(expr.parts.begin(), expr.parts.end(), [](const ExprPtr& part) {
    return part->type == Type{Base::vector, 0} || part->type == Type{Base::row_vector, 0};
  });
}

IndexedVariable indexed_variable(const Expr& expr) {
  IndexedVariable out;
  std::vector<const Expr*> chain;
  const Expr* root = &expr;
  for (; root->kind == Expr::Kind::index; root = root->parts[0].get()) chain.push_back(root);
  for (auto one = chain.rbegin(); one != chain.rend(); ++one)
    for (const Index& index : (*one)->indices) out.indices.push_back(&index);
  if (root->kind == Expr::Kind::variable) out.variable = root;
  return out;
}

void find_lane_loops(Program& program) {
  for (Statements& block : program.blocks) find_in(block);
  for (auto& function : program.functions) find_in(function->body);
}

}  // namespace elbow::stan
