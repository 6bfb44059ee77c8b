#pragma once

#include <memory>
#include <string>
#include <vector>

#include "elbow/language/stan/syntax.h"
#include "lexer.h"

namespace elbow::stan {

/// Recursive descent over the tokens of a program. Refuses the first mistake.
class Parser {
 public:
  Parser(const std::vector<Token>& tokens, const Mistakes& mistakes)
      : tokens_(tokens), mistakes_(mistakes) {}
  /// Fills the blocks and functions.
  void parse(Program& program);

 private:
  // parser.cpp
  const Token& now() const { return ahead(0); }
  const Token& ahead(std::size_t count) const {
    return tokens_[std::min(at_ + count, tokens_.size() - 1)];
  }
  bool accept(const char* symbol);
  void expect(const char* symbol, const char* why);
  Token expect_name(const char* what);
  [[noreturn]] void refuse(const std::string& message, const std::string& help) const;
  void parse_block(Program& program);
  void parse_functions(Program& program);
  Type parse_argument_type();
  std::vector<Argument> parse_arguments();

  // parse_statements.cpp
  Statements parse_body(const char* what);
  void parse_statement(Statements& out);
  void parse_declarations(Statements& out);
  SizedType parse_sized_type();
  void parse_sizes(SizedType& type, Place place);
  void parse_constraint(SizedType& type);
  StatementPtr parse_if();
  StatementPtr parse_for();
  StatementPtr parse_while();
  StatementPtr parse_text_statement();
  StatementPtr parse_return();
  StatementPtr parse_simple();
  void parse_sampling(Statement& statement);
  void parse_profile(Statements& out);
  bool begins_sampling() const;
  void end_statement();
  bool begins_declaration() const;

  // parse_expressions.cpp
  ExprPtr parse_expression();
  ExprPtr parse_binary(int level);
  ExprPtr parse_prefix();
  ExprPtr parse_power();
  ExprPtr parse_postfix();
  ExprPtr parse_primary();
  ExprPtr parse_call(const Token& name);
  ExprPtr parse_list(Expr::Kind kind, const char* end);
  std::vector<ExprPtr> parse_list_until(const char* end);
  Index parse_index();
  ExprPtr make(Expr::Kind kind, Place place, const std::string& name) const;
  /// With its height, which what walks through the tree must be able to go down.
  ExprPtr measured(ExprPtr expr) const;

  /// Counts how deep the recursion is.
  class Depth {
   public:
    explicit Depth(Parser& parser);
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    Parser& parser_;
  };

  const std::vector<Token>& tokens_;
  const Mistakes& mistakes_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace elbow::stan
