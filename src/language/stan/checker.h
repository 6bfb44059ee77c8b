#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elbow/language/stan/signatures.h"
#include "elbow/language/stan/syntax.h"
#include "mistakes.h"

namespace elbow::stan {

/// Gives each name its slot and each expression its type, and refuses what does not fit.
class Checker {
 public:
  Checker(Program& program, const Mistakes& mistakes) : program_(program), mistakes_(mistakes) {}
  void check();

 private:
  struct Binding {
    Type type;
    int slot;
    Place place;
    Block block;
    bool is_fixed;      ///< a loop's variable or an argument
    bool is_top_level;  ///< of the whole program
  };
  using Scope = std::map<std::string, Binding>;

  // checker.cpp
  void check_block(Block which);
  void check_functions();
  void check_body(Function& function);
  void refuse_recursion() const;
  void bind(const std::string& name, Type type, Place place, bool is_fixed, int* slot);
  const Binding* find(const std::string& name) const;
  std::string names_like(const std::string& name) const;

  // check_statements.cpp
  void check_all(Statements& statements);
  void check_statement(Statement& statement);
  void check_declaration(Statement& statement);
  void check_sizes(SizedType& type, Place place);
  void check_bound(ExprPtr& bound, const SizedType& type, const char* what);
  void check_assignment(Statement& statement);
  void check_sampling(Statement& statement);
  void check_truncation(Statement& statement, const Type& value);
  void check_loop(Statement& statement);
  void check_condition(Expr& condition);
  void check_return(Statement& statement);
  void need_target(Place place, const std::string& what) const;

  // check_expressions.cpp
  Type check_expr(Expr& expr);
  Type check_variable(Expr& expr);
  Type check_call(Expr& expr);
  Type check_user_call(Expr& expr, const std::vector<Type>& types);
  Type check_index(Expr& expr);
  Type check_array(Expr& expr);
  Type check_row(Expr& expr);
  Type check_ternary(Expr& expr);
  bool is_many(Index& index);
  [[noreturn]] void refuse_call(const Expr& expr, const std::vector<Type>& types) const;
  void refuse_unsupported(const Expr& expr) const;
  [[noreturn]] void refuse_unknown_function(const Expr& expr) const;
  Function* find_function(const std::string& name, const std::vector<Type>& types) const;
  bool has_function(const std::string& name) const;
  /// What stands between numbers of the expressions' types; refuses others.
  void need(const Expr& expr, const Type& wanted, const std::string& what) const;

  Program& program_;
  const Mistakes& mistakes_;
  std::vector<Scope> scopes_;
  Block block_ = Block::functions;
  Function* function_ = nullptr;  ///< whose body it is
  int* num_slots_ = nullptr;
  int loops_ = 0;
  std::map<const Function*, std::vector<std::pair<const Function*, Place>>> calls_;
};

/// "normal_lpdf" of normal_lupdf: elbow keeps all constants.
std::string without_dropped_constants(const std::string& name);

}  // namespace elbow::stan
