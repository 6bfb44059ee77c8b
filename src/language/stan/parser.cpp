#include "parser.h"

#include <algorithm>

#include "words.h"

namespace elbow::stan {

bool Parser::accept(const char* symbol) {
  if (!now().is(symbol)) return false;
  ++at_;
  return true;
}

void Parser::expect(const char* symbol, const char* why) {
  if (accept(symbol)) return;
  const std::string missing = std::string("expected '") + symbol + "' " + why;
  // What is missing belongs behind the word before, often on another line.
  if (std::string(symbol) == ";" && at_ > 0) {
    const Token& before = tokens_[at_ - 1];
    mistakes_.refuse(
        {before.place.line, before.place.column + static_cast<int>(before.text.size())},
        missing,
        "end the statement with ;");
  }
  refuse(missing, std::string("put a '") + symbol + "' here");
}

Token Parser::expect_name(const char* what) {
  const Token& token = now();
  if (token.kind != Token::Kind::word)
    refuse(std::string("expected ") + what,
           "a name is letters, digits and _, and begins with a letter");
  if (is_reserved(token.text))
    refuse(std::string("expected ") + what + "; '" + token.text + "' is a word of the language",
           "choose another name");
  ++at_;
  return token;
}

void Parser::refuse(const std::string& message, const std::string& help) const {
  const Token& token = now();
  const std::string found =
      token.kind == Token::Kind::end ? "the end of the file" : "'" + token.text + "'";
  mistakes_.refuse(token.place,
                   message + ", found " + found,
                   help,
                   std::max(1, static_cast<int>(token.text.size())));
}

Parser::Depth::Depth(Parser& parser) : parser_(parser) {
  constexpr int kDeepest = 200;
  if (++parser_.depth_ > kDeepest)
    parser_.mistakes_.refuse(parser_.now().place,
                             "nested more than " + std::to_string(kDeepest) + " levels deep",
                             "give parts of it names of their own");
}

void Parser::parse(Program& program) {
  if (now().kind == Token::Kind::end)
    refuse("the program is empty", "it needs a model block: model { ... }");
  while (now().kind != Token::Kind::end) parse_block(program);
}

void Parser::parse_block(Program& program) {
  static const char* const kHelp =
      "blocks are functions, data, transformed data, parameters, transformed parameters, model and "
      "generated quantities, in this order";
  std::string name = now().text;
  const Token first = now();
  if (first.kind != Token::Kind::word) refuse("expected a block", kHelp);
  ++at_;
  if ((name == "transformed" || name == "generated") && now().kind == Token::Kind::word)
    name += " " + tokens_[std::min(at_++, tokens_.size() - 1)].text;
  int which = 0;
  while (which < kNumBlocks && name != name_of(static_cast<Block>(which))) ++which;
  if (which == kNumBlocks)
    mistakes_.refuse(first.place,
                     "expected a block, found '" + name + "'",
                     kHelp,
                     static_cast<int>(name.size()));
  if (program.has_block[which])
    mistakes_.refuse(first.place, "a second block '" + name + "'", "join it with the first");
  for (int later = which + 1; later < kNumBlocks; ++later)
    if (program.has_block[later])
      mistakes_.refuse(first.place,
                       "block '" + name + "' behind '" + name_of(static_cast<Block>(later)) + "'",
                       kHelp,
                       static_cast<int>(name.size()));
  program.has_block[which] = true;
  expect("{", ("behind '" + name + "'").c_str());
  if (static_cast<Block>(which) == Block::functions)
    parse_functions(program);
  else
    program.blocks[which] = parse_body(name.c_str());
}

Type Parser::parse_argument_type() {
  Type out;
  if (accept("array")) {
    expect("[", "behind array");
    out.array = 1;
    while (accept(",")) ++out.array;
    expect("]", "behind the dimensions; an argument's array has no sizes");
  }
  const Token name = now();
  const auto base = base_named(name.text);
  if (!base) refuse_type(mistakes_, name.place, name.text, "expected the type of an argument");
  ++at_;
  out.base = *base;
  if (now().is("[")) refuse("an argument's type has no sizes", "write " + name.text + " alone");
  return out;
}

std::vector<Argument> Parser::parse_arguments() {
  std::vector<Argument> out;
  if (accept(")")) return out;
  do {
    Argument one;
    accept("data");
    one.type = parse_argument_type();
    const Token name = expect_name("the name of an argument");
    one.name = name.text;
    one.place = name.place;
    out.push_back(one);
  } while (accept(","));
  expect(")", "behind the arguments");
  return out;
}

void Parser::parse_functions(Program& program) {
  while (!accept("}")) {
    if (now().kind == Token::Kind::end)
      refuse("expected '}' behind the functions", "close the block");
    auto one = std::make_unique<Function>();
    if (!accept("void")) one->result = parse_argument_type();
    const Token name = expect_name("the name of a function");
    one->name = name.text;
    one->place = name.place;
    expect("(", "behind the function's name");
    one->arguments = parse_arguments();
    if (!accept(";")) {
      expect("{", "before the function's body");
      one->body = parse_body("the function");
      one->is_defined = true;
    }
    program.functions.push_back(std::move(one));
  }
}

}  // namespace elbow::stan
