#include "parser.h"
#include "words.h"

namespace elbow::stan {
namespace {

StatementPtr statement(Statement::Kind kind, Place place) {
  auto out = std::make_unique<Statement>();
  out->kind = kind;
  out->place = place;
  return out;
}

}  // namespace

Statements Parser::parse_body(const char* what) {
  const Depth depth(*this);
  const Place begin = tokens_[at_ == 0 ? 0 : at_ - 1].place;
  Statements out;
  while (!accept("}")) {
    if (now().kind == Token::Kind::end)
      mistakes_.refuse(begin, std::string("the { of ") + what + " has no }", "close it with }");
    parse_statement(out);
  }
  return out;
}

bool Parser::begins_declaration() const {
  const Token& token = now();
  if (token.kind != Token::Kind::word) return false;
  if (token.is("array")) return true;
  return base_named(token.text) || constrained_type_named(token.text) != nullptr ||
         token.text.rfind("complex", 0) == 0 || token.is("tuple") ||
         token.is("sum_to_zero_vector") ||
         token.text.find("stochastic_matrix") != std::string::npos;
}

void Parser::parse_statement(Statements& out) {
  const Depth depth(*this);
  const Token token = now();
  if (accept(";")) return;
  if (begins_declaration()) return parse_declarations(out);
  if (token.is("{") && !begins_sampling()) {
    ++at_;
    StatementPtr block = statement(Statement::Kind::block, token.place);
    block->body = parse_body("the block");
    out.push_back(std::move(block));
    return;
  }
  if (token.kind == Token::Kind::word) {
    if (token.is("if")) return out.push_back(parse_if());
    if (token.is("for")) return out.push_back(parse_for());
    if (token.is("while")) return out.push_back(parse_while());
    if (token.is("print") || token.is("reject") || token.is("fatal_error"))
      return out.push_back(parse_text_statement());
    if (token.is("return")) return out.push_back(parse_return());
    if (token.is("break") || token.is("continue")) {
      ++at_;
      end_statement();
      return out.push_back(statement(
          token.is("break") ? Statement::Kind::break_loop : Statement::Kind::continue_loop,
          token.place));
    }
    if (token.is("profile") && ahead(1).is("(")) return parse_profile(out);
    if (token.is("increment_log_prob"))
      refuse("increment_log_prob was removed from Stan", "write target += ...");
  }
  const bool is_word = token.kind == Token::Kind::word && !token.is("target");
  if (is_word && ahead(1).kind == Token::Kind::word && !ahead(1).is("T"))
    refuse_type(mistakes_, token.place, token.text, "expected a statement or a type");
  out.push_back(parse_simple());
}

bool Parser::begins_sampling() const {
  // {a, b} ~ ...: an array; a block has no ~ behind it.
  int depth = 0;
  for (std::size_t i = at_; i < tokens_.size(); ++i) {
    depth += tokens_[i].is("{") ? 1 : tokens_[i].is("}") ? -1 : 0;
    if (tokens_[i].is(";")) return false;
    if (depth == 0) return i + 1 < tokens_.size() && tokens_[i + 1].is("~");
  }
  return false;
}

void Parser::parse_profile(Statements& out) {
  const Place place = now().place;
  at_ += 2;
  if (now().kind != Token::Kind::text)
    refuse("expected a name in quotes", "write profile(\"name\")");
  ++at_;
  expect(")", "behind the name");
  expect("{", "behind profile(...)");
  StatementPtr block = statement(Statement::Kind::block, place);
  block->body = parse_body("profile");
  out.push_back(std::move(block));
}

StatementPtr Parser::parse_if() {
  StatementPtr out = statement(Statement::Kind::if_else, now().place);
  do {
    ++at_;  // if
    expect("(", "behind if");
    out->arguments.push_back(parse_expression());
    expect(")", "behind the condition");
    StatementPtr body = statement(Statement::Kind::block, now().place);
    parse_statement(body->body);
    out->body.push_back(std::move(body));
    if (!accept("else")) return out;
  } while (now().is("if"));
  StatementPtr body = statement(Statement::Kind::block, now().place);
  parse_statement(body->body);
  out->body.push_back(std::move(body));
  return out;
}

StatementPtr Parser::parse_for() {
  StatementPtr out = statement(Statement::Kind::for_range, now().place);
  ++at_;
  expect("(", "behind for");
  out->name = expect_name("the name of the loop's variable").text;
  expect("in", "behind the loop's variable");
  out->lower = parse_expression();
  if (accept(":")) {
    out->upper = parse_expression();
  } else {
    out->kind = Statement::Kind::for_each;
    out->value = std::move(out->lower);
  }
  expect(")", "behind the range");
  parse_statement(out->body);
  return out;
}

StatementPtr Parser::parse_while() {
  StatementPtr out = statement(Statement::Kind::while_loop, now().place);
  ++at_;
  expect("(", "behind while");
  out->value = parse_expression();
  expect(")", "behind the condition");
  parse_statement(out->body);
  return out;
}

StatementPtr Parser::parse_text_statement() {
  StatementPtr out =
      statement(now().is("print") ? Statement::Kind::print : Statement::Kind::reject, now().place);
  ++at_;
  expect("(", "before what is said");
  if (!accept(")")) {
    do {
      if (now().kind == Token::Kind::text) {
        out->arguments.push_back(make(Expr::Kind::text, now().place, now().text));
        ++at_;
      } else {
        out->arguments.push_back(parse_expression());
      }
    } while (accept(","));
    expect(")", "behind what is said");
  }
  end_statement();
  return out;
}

StatementPtr Parser::parse_return() {
  StatementPtr out = statement(Statement::Kind::give_back, now().place);
  ++at_;
  if (!now().is(";")) out->value = parse_expression();
  end_statement();
  return out;
}

void Parser::end_statement() { expect(";", "at the end of the statement"); }

StatementPtr Parser::parse_simple() {
  const Token first = now();
  StatementPtr out = statement(Statement::Kind::call, first.place);
  if ((first.is("target") || first.is("jacobian")) && ahead(1).is("+=")) {
    at_ += 2;
    out->kind = Statement::Kind::increase;
    out->name = first.text;
    out->value = parse_expression();
    end_statement();
    return out;
  }
  ExprPtr left = parse_expression();
  if (now().is("~")) {
    out->kind = Statement::Kind::sample;
    out->value = std::move(left);
    parse_sampling(*out);
    return out;
  }
  if (now().is("<-")) refuse("expected =", "assignment by <- was removed from Stan; write =");
  for (const char* sign : {"=", "+=", "-=", "*=", "/=", ".*=", "./="}) {
    if (!accept(sign)) continue;
    out->kind = Statement::Kind::assign;
    out->name = std::string(sign) == "="
                    ? ""
                    : "operator" + std::string(sign).substr(0, std::string(sign).size() - 1);
    out->target = std::move(left);
    out->value = parse_expression();
    end_statement();
    return out;
  }
  out->value = std::move(left);
  end_statement();
  return out;
}

void Parser::parse_sampling(Statement& statement) {
  ++at_;  // ~
  const Token name = expect_name("a distribution behind ~");
  statement.name = name.text;
  statement.place = name.place;
  expect("(", "behind the distribution");
  statement.arguments = parse_list_until(")");
  if (now().is("T") && ahead(1).is("[")) {
    at_ += 2;
    statement.is_truncated = true;
    if (!now().is(",")) statement.lower = parse_expression();
    expect(",", "between the bounds of T[lower, upper]");
    if (!now().is("]")) statement.upper = parse_expression();
    expect("]", "behind the bounds of T[lower, upper]");
  }
  end_statement();
}

}  // namespace elbow::stan
