#include "cli/common/exit_codes.h"
#include "cli/common/output.h"
#include "cli/front/verbs_front.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace {

Json exit_codes_json() {
  Json rows = Json::array();
  for (const auto& row : exit_code_table()) {
    rows.push_back({{"code", row.code},
                    {"meaning", row.meaning},
                    {"when", row.causes},
                    {"left", row.left_behind}});
  }
  return rows;
}

std::string topic_text(const std::string& topic) {
  if (topic.empty()) return general_help();
  if (topic == "exit-codes") return exit_codes_text();
  if (const Verb* verb = find_verb(topic)) return help_text(*verb);
  std::vector<std::string> known{"exit-codes"};
  for (const auto& verb : verbs()) known.push_back(verb.name);
  const std::string near = nearest_word(topic, known);
  throw UsageError("command line: error: help: unknown verb '" + topic + "'" +
                       (near.empty() ? "" : "; did you mean '" + near + "'?"),
                   "elbow help");
}

}  // namespace

int run_help(const CommandLine& line) {
  const std::string topic = line.has("help") || line.positional.empty() ? "" : line.positional[0];
  const std::string text = line.has("markdown") ? markdown_help() : topic_text(topic);
  if (!line.has("json")) {
    print(text);
  } else if (topic == "exit-codes") {
    print_event("exit_codes", {{"codes", exit_codes_json()}});
  } else {
    print_event("help", {{"topic", topic}, {"text", text}});
  }
  return 0;
}

}  // namespace elbow::cli
