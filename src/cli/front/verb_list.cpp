#include <algorithm>

#include "cli/common/component_text.h"
#include "cli/common/output.h"
#include "cli/front/program_files.h"
#include "cli/front/verbs_front.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace {

[[noreturn]] void unknown(const std::string& what,
                          const std::string& word,
                          const std::vector<std::string>& known,
                          const std::string& help) {
  const std::string near = nearest_word(word, known);
  throw UsageError("command line: error: unknown " + what + " '" + word + "'" +
                       (near.empty() ? "" : "; did you mean '" + near + "'?"),
                   help);
}

std::vector<std::string> known_kinds() {
  std::vector<std::string> kinds = embedded_schema().kinds();
  kinds.push_back("section");
  kinds.push_back("functions");
  return kinds;
}

void check_kind(const std::string& kind) {
  const auto kinds = known_kinds();
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    unknown("kind", kind, kinds, "elbow list");
}

std::vector<const ComponentInfo*> of_kind(const std::string& kind) {
  std::vector<const ComponentInfo*> out;
  for (const auto& info : embedded_schema().components())
    if (info.kind == kind) out.push_back(&info);
  return out;
}

/// Components and the section that go by one name: `elbow describe mlp`, `elbow describe
/// optimizer`.
std::vector<const ComponentInfo*> by_name(const std::string& name) {
  std::vector<const ComponentInfo*> out;
  for (const auto& info : embedded_schema().components())
    if (info.name == name) out.push_back(&info);
  const auto kinds = embedded_schema().kinds();
  if (out.empty() && std::find(kinds.begin(), kinds.end(), name) != kinds.end())
    return of_kind(name);
  return out;
}

std::vector<const ComponentInfo*> find_described(const CommandLine& line) {
  if (line.positional.size() == 2) {
    check_kind(line.positional[0]);
    const auto* info = embedded_schema().find(line.positional[0], line.positional[1]);
    if (info != nullptr) return {info};
    unknown(line.positional[0],
            line.positional[1],
            embedded_schema().names(line.positional[0]),
            "elbow list " + line.positional[0]);
  }
  const std::string& name = line.positional[0];
  const auto found = by_name(name);
  if (!found.empty()) return found;
  std::vector<std::string> known = embedded_schema().kinds();
  for (const auto& info : embedded_schema().components()) known.push_back(info.name);
  unknown("component or section", name, known, "elbow list");
}

}  // namespace

int run_list(const CommandLine& line) {
  if (!line.positional.empty() && line.positional[0] == "functions") return list_functions(line);
  std::vector<std::string> kinds = embedded_schema().kinds();
  if (!line.positional.empty()) {
    check_kind(line.positional[0]);
    kinds = {line.positional[0]};
  }
  for (const auto& kind : kinds) {
    std::vector<std::vector<std::string>> rows;
    for (const auto* info : of_kind(kind)) {
      rows.push_back({"  " + info->name, info->summary});
      if (line.has("json")) {
        print_event("component",
                    {{"kind", kind},
                     {"name", info->name},
                     {"summary", info->summary},
                     {"paper", info->paper}});
      }
    }
    if (!line.has("json")) print(kind + "\n" + text_table(rows));
  }
  return 0;
}

int run_describe(const CommandLine& line) {
  if (line.positional.size() == 2 && line.positional[0] == "program") return describe_program(line);
  bool is_first = true;
  for (const auto* info : find_described(line)) {
    if (line.has("json")) {
      print_event("description", info->to_json());
    } else {
      print((is_first ? "" : "\n") + describe_text(*info, embedded_schema()));
    }
    is_first = false;
  }
  return 0;
}

int run_schema(const CommandLine& line) {
  const std::string section = line.positional.empty() ? "" : line.positional[0];
  const Schema& schema = embedded_schema();
  if (!section.empty() && schema.section(section) == nullptr) {
    unknown("section", section, schema.names("section"), "elbow list section");
  }
  if (line.has("markdown") && line.has("json")) {
    print_event("reference", {{"markdown", schema.markdown_reference()}});
  } else if (line.has("markdown")) {
    print(schema.markdown_reference());
  } else if (line.has("json")) {
    print_event("json_schema", {{"section", section}, {"value", schema.json_schema(section)}});
  } else {
    print(schema.json_schema(section).dump(2) + "\n");
  }
  return 0;
}

}  // namespace elbow::cli
