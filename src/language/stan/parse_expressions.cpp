#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "parser.h"
#include "words.h"

namespace elbow::stan {
namespace {

constexpr int kNumLevels = 7;
/// Binary operators, those that bind least first. Stan Reference Manual, "Expressions".
const char* const kOperators[kNumLevels][8] = {
    {"||"},
    {"&&"},
    {"==", "!="},
    {"<=", ">=", "<", ">"},
    {"+", "-"},
    {"*", "/", ".*", "./", "%/%", "%"},
    {"\\"},
};

}  // namespace

ExprPtr Parser::make(Expr::Kind kind, Place place, const std::string& name) const {
  auto out = std::make_unique<Expr>();
  out->kind = kind;
  out->place = place;
  out->name = name;
  return out;
}

ExprPtr Parser::measured(ExprPtr expr) const {
  constexpr int kTallest = 1000;
  const auto grow = [&expr](const ExprPtr& part) {
    if (part) expr->height = std::max(expr->height, part->height + 1);
  };
  for (const ExprPtr& one : expr->parts) grow(one);
  for (const Index& one : expr->indices) {
    grow(one.from);
    grow(one.to);
  }
  if (expr->height > kTallest)
    mistakes_.refuse(
        expr->place,
        "an expression of more than " + std::to_string(kTallest) + " operations inside each other",
        "give parts of it names of their own, or sum an array");
  return expr;
}

ExprPtr Parser::parse_expression() {
  const Depth depth(*this);
  ExprPtr first = parse_binary(0);
  if (!now().is("?")) return first;
  ExprPtr out = make(Expr::Kind::ternary, now().place, "?");
  ++at_;
  out->parts.push_back(std::move(first));
  out->parts.push_back(parse_expression());
  expect(":", "between the two values of ?");
  out->parts.push_back(parse_expression());
  return measured(std::move(out));
}

ExprPtr Parser::parse_binary(int level) {
  if (level == kNumLevels) return parse_prefix();
  ExprPtr left = parse_binary(level + 1);
  while (true) {
    const char* found = nullptr;
    for (const char* one : kOperators[level])
      if (one != nullptr && now().kind == Token::Kind::symbol && now().text == one) found = one;
    if (found == nullptr) return left;
    ExprPtr out = make(Expr::Kind::call, now().place, std::string("operator") + found);
    ++at_;
    out->parts.push_back(std::move(left));
    out->parts.push_back(parse_binary(level + 1));
    left = measured(std::move(out));
  }
}

ExprPtr Parser::parse_prefix() {
  const Depth depth(*this);
  for (const char* one : {"-", "+", "!"}) {
    if (!(now().kind == Token::Kind::symbol && now().text == one)) continue;
    ExprPtr out = make(Expr::Kind::call, now().place, std::string("operator") + one);
    ++at_;
    out->parts.push_back(parse_prefix());
    return measured(std::move(out));
  }
  return parse_power();
}

ExprPtr Parser::parse_power() {
  ExprPtr base = parse_postfix();
  for (const char* one : {"^", ".^"}) {
    if (!(now().kind == Token::Kind::symbol && now().text == one)) continue;
    ExprPtr out = make(Expr::Kind::call, now().place, std::string("operator") + one);
    ++at_;
    out->parts.push_back(std::move(base));
    out->parts.push_back(parse_prefix());  // binds to the right
    return measured(std::move(out));
  }
  return base;
}

ExprPtr Parser::parse_postfix() {
  ExprPtr out = parse_primary();
  while (true) {
    if (now().is("'")) {
      ExprPtr turned = make(Expr::Kind::call, now().place, "operator'");
      ++at_;
      turned->parts.push_back(std::move(out));
      out = measured(std::move(turned));
    } else if (now().is("[")) {
      ExprPtr part = make(Expr::Kind::index, now().place, "");
      ++at_;
      part->parts.push_back(std::move(out));
      do part->indices.push_back(parse_index());
      while (accept(","));
      expect("]", "behind the index");
      out = measured(std::move(part));
    } else {
      return out;
    }
  }
}

Index Parser::parse_index() {
  Index out;
  if (now().is(",") || now().is("]")) {
    out.is_range = true;
    return out;
  }
  if (!now().is(":")) out.from = parse_expression();
  if (!accept(":")) return out;
  out.is_range = true;
  if (!now().is(",") && !now().is("]")) out.to = parse_expression();
  return out;
}

ExprPtr Parser::parse_primary() {
  const Token token = now();
  switch (token.kind) {
    case Token::Kind::integer: {
      ++at_;
      ExprPtr out = make(Expr::Kind::integer, token.place, token.text);
      errno = 0;
      out->integer = std::strtoll(token.text.c_str(), nullptr, 10);
      if (errno != 0 || out->integer > 2147483647)
        mistakes_.refuse(token.place,
                         "the integer " + token.text.substr(0, 40) + " is above 2147483647",
                         "write it as a real number, such as 3e9");
      out->number = static_cast<double>(out->integer);
      return out;
    }
    case Token::Kind::real: {
      ++at_;
      ExprPtr out = make(Expr::Kind::real, token.place, token.text);
      out->number = std::strtod(token.text.c_str(), nullptr);
      return out;
    }
    case Token::Kind::word:
      if (token.text == "target" && ahead(1).is("(")) {
        at_ += 2;
        expect(")", "behind target(");
        return make(Expr::Kind::call, token.place, "target");
      }
      expect_name("an expression");
      if (now().is("(")) return parse_call(token);
      return make(Expr::Kind::variable, token.place, token.text);
    default:
      break;
  }
  if (accept("(")) {
    ExprPtr out = parse_expression();
    expect(")", "behind the expression");
    return out;
  }
  if (token.is("{")) return parse_list(Expr::Kind::array, "}");
  if (token.is("[")) return parse_list(Expr::Kind::row, "]");
  refuse("expected an expression", "a number, a name, a call, or ( ... )");
}

ExprPtr Parser::parse_list(Expr::Kind kind, const char* end) {
  ExprPtr out = make(kind, now().place, "");
  ++at_;
  if (now().is(end)) refuse("expected an element", "an array or vector in place has at least one");
  out->parts = parse_list_until(end);
  return measured(std::move(out));
}

std::vector<ExprPtr> Parser::parse_list_until(const char* end) {
  std::vector<ExprPtr> out;
  if (accept(end)) return out;
  do out.push_back(parse_expression());
  while (accept(","));
  expect(end, "behind the list");
  return out;
}

ExprPtr Parser::parse_call(const Token& name) {
  ExprPtr out = make(Expr::Kind::call, name.place, name.text);
  ++at_;
  if (accept(")")) return out;
  out->parts.push_back(parse_expression());
  if (accept("|")) {
    out->has_bar = true;
    if (accept(")")) return out;
    std::vector<ExprPtr> rest = parse_list_until(")");
    for (ExprPtr& one : rest) out->parts.push_back(std::move(one));
    return measured(std::move(out));
  }
  while (accept(",")) out->parts.push_back(parse_expression());
  expect(")", ("behind the arguments of " + name.text).c_str());
  return measured(std::move(out));
}

}  // namespace elbow::stan
