#include "cli/common/command_line.h"
#include "cli/common/verb_table.h"

namespace elbow::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table = [] {
    std::vector<Verb> all = trainer_verbs();
    for (auto& verb : front_verbs()) all.push_back(std::move(verb));
    return all;
  }();
  return table;
}

const Verb* find_verb(const std::string& name) {
  for (const auto& verb : verbs())
    if (verb.name == name) return &verb;
  return nullptr;
}

}  // namespace elbow::cli
