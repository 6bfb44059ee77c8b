#include "checker.h"

#include <functional>
#include <set>

#include "elbow/foundations/config/loader.h"
#include "elbow/language/stan/lane_loops.h"
#include "parser.h"

namespace elbow::stan {

void Checker::check() {
  num_slots_ = &program_.num_slots;
  check_functions();
  scopes_.assign(1, Scope());
  function_ = nullptr;
  num_slots_ = &program_.num_slots;
  for (int which = 1; which < kNumBlocks; ++which) check_block(static_cast<Block>(which));
  refuse_recursion();
  if (!program_.has_block[static_cast<int>(Block::model)] &&
      !program_.has_block[static_cast<int>(Block::parameters)])
    mistakes_.refuse({1, 1},
                     "the program has neither parameters nor a model",
                     "add parameters { ... } and model { ... }");
}

void Checker::check_block(Block which) {
  block_ = which;
  Statements& statements = program_.blocks[static_cast<int>(which)];
  const bool is_local = which == Block::model;
  if (is_local) scopes_.emplace_back();
  check_all(statements);
  if (is_local) {
    scopes_.pop_back();
    return;
  }
  for (const StatementPtr& one : statements)
    if (one->kind == Statement::Kind::declare)
      program_.variables.push_back({one->name, which, one.get()});
    else if (which == Block::data || which == Block::parameters)
      mistakes_.refuse(one->place,
                       std::string("the block '") + name_of(which) + "' has declarations only",
                       "move the statement to " +
                           std::string(which == Block::data ? "transformed data" : "the model"));
}

void Checker::check_functions() {
  std::vector<std::unique_ptr<Function>>& all = program_.functions;
  for (auto& one : all) {
    if (find_signature(one->name) != nullptr)
      mistakes_.refuse(one->place,
                       "a function '" + one->name + "' is part of the language",
                       "give it another name",
                       static_cast<int>(one->name.size()));
    std::set<std::string> names;
    for (const Argument& argument : one->arguments)
      if (!names.insert(argument.name).second)
        mistakes_.refuse(argument.place, "a second argument '" + argument.name + "'", "rename it");
    if (is_density_name(one->name) && !one->result.is_real())
      mistakes_.refuse(one->place, "'" + one->name + "' has to return real", "declare it real");
  }
  for (auto& one : all)
    if (one->is_defined) check_body(*one);
}

void Checker::check_body(Function& function) {
  function_ = &function;
  block_ = Block::functions;
  num_slots_ = &function.num_slots;
  scopes_.assign(1, Scope());
  for (Argument& one : function.arguments)
    bind(one.name, one.type, one.place, /*is_fixed=*/true, &one.slot);
  scopes_.emplace_back();
  check_all(function.body);
}

void Checker::refuse_recursion() const {
  // Depth first; a function that is met again on its own path calls itself.
  std::set<const Function*> done, path;
  const std::function<void(const Function*)> visit = [&](const Function* one) {
    path.insert(one);
    const auto found = calls_.find(one);
    if (found != calls_.end())
      for (const auto& [called, place] : found->second) {
        if (path.count(called) > 0)
          mistakes_.refuse(place,
                           "'" + called->name + "' calls itself, and recursion is not supported",
                           "write it as a loop",
                           static_cast<int>(called->name.size()));
        if (done.count(called) == 0) visit(called);
      }
    path.erase(one);
    done.insert(one);
  };
  for (const auto& one : program_.functions)
    if (done.count(one.get()) == 0) visit(one.get());
}

void Checker::bind(const std::string& name, Type type, Place place, bool is_fixed, int* slot) {
  if (const Binding* known = find(name))
    mistakes_.refuse(
        place,
        "'" + name + "' is declared already, in line " + std::to_string(known->place.line),
        "choose another name",
        static_cast<int>(name.size()));
  const bool is_of_stan = name.size() >= 2 && name.compare(name.size() - 2, 2, "__") == 0;
  if (is_of_stan)
    mistakes_.refuse(place,
                     "'" + name + "' ends in __, as names of files of draws do (lp__)",
                     "choose another name",
                     static_cast<int>(name.size()));
  *slot = (*num_slots_)++;
  scopes_.back()[name] = {type, *slot, place, block_, is_fixed, scopes_.size() == 1};
}

const Checker::Binding* Checker::find(const std::string& name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto found = scope->find(name);
    if (found != scope->end()) return &found->second;
  }
  return nullptr;
}

std::string Checker::names_like(const std::string& name) const {
  std::vector<std::string> known;
  for (const Scope& scope : scopes_)
    for (const auto& [one, binding] : scope) known.push_back(one);
  const std::string near = nearest_word(name, known);
  return near.empty() ? "declare it before it is used" : "did you mean '" + near + "'?";
}

ProgramPtr read_program(const std::string& text, const std::string& file) {
  auto out = std::make_shared<Program>();
  out->file = file;
  // Editors of Windows put a byte order mark in front.
  static const std::string kMark = "\xEF\xBB\xBF";
  const std::string plain = text.rfind(kMark, 0) == 0 ? text.substr(kMark.size()) : text;
  out->lines = lines_of(plain);
  const Mistakes mistakes(file, out->lines);
  const std::vector<Token> tokens = tokens_of(plain, mistakes);
  Parser(tokens, mistakes).parse(*out);
  Checker(*out, mistakes).check();
  find_lane_loops(*out);
  return out;
}

}  // namespace elbow::stan
