#include <algorithm>

#include "cli/common/command_line.h"
#include "cli/common/exit_codes.h"

namespace elbow::cli {
namespace {

std::string pad(const std::string& text, std::size_t width) {
  return text.size() >= width ? text + "  " : text + std::string(width - text.size(), ' ');
}

/// "-o, --output DIR"
std::string spelled(const Flag& flag) {
  std::string out = flag.short_name.empty() ? "    " : "-" + flag.short_name + ", ";
  out += "--" + flag.name;
  return flag.value.empty() ? out : out + " " + flag.value;
}

std::string flag_lines(const std::vector<Flag>& flags) {
  std::size_t width = 0;
  for (const auto& flag : flags) width = std::max(width, spelled(flag).size() + 2);
  std::string out;
  for (const auto& flag : flags) out += "  " + pad(spelled(flag), width) + flag.help + "\n";
  return out;
}

std::string usage(const Verb& verb) {
  return "elbow " + verb.name + (verb.arguments.empty() ? "" : " " + verb.arguments);
}

std::string flag_rows(const std::vector<Flag>& flags) {
  std::string out = "| flag | |\n|---|---|\n";
  for (const auto& flag : flags) {
    std::string name = spelled(flag);
    name.erase(0, name.find_first_not_of(' '));
    // A bar inside a table cell must be escaped, also between back quotes.
    for (auto at = name.find('|'); at != std::string::npos; at = name.find('|', at + 2))
      name.insert(at, 1, '\\');
    out += "| `" + name + "` | " + flag.help + " |\n";
  }
  return out + "\n";
}

}  // namespace

std::string help_text(const Verb& verb) {
  std::string out = "usage: " + usage(verb) + "\n\n" + verb.summary + "\n";
  if (!verb.details.empty()) out += "\n" + verb.details + "\n";
  if (!verb.flags.empty()) out += "\nflags:\n" + flag_lines(verb.flags);
  return out + "\nflags of all verbs:\n" + flag_lines(common_flags());
}

std::string general_help() {
  std::string out =
      "usage: elbow VERB [ARGUMENT ...] [FLAG ...]\n\n"
      "Trains, evaluates and ships deep latent variable models, from YAML files.\n\nverbs:\n";
  for (const auto& verb : verbs()) {
    const std::string left = verb.name + (verb.arguments.empty() ? "" : " " + verb.arguments);
    out += "  " + pad(left, 34) + verb.summary + "\n";
  }
  out += "\nflags of all verbs:\n" + flag_lines(common_flags());
  return out +
         "\nelbow help VERB shows the flags of one verb, elbow help exit-codes what the program "
         "returns.\n";
}

std::string markdown_help() {
  std::string out =
      "# Command line\n\n"
      "Made by `elbow help --markdown`; a test compares the two.\n\n"
      "Results go to standard output or files, progress and messages to standard error.\n\n"
      "## Flags of all verbs\n\n" +
      flag_rows(common_flags());
  for (const auto& verb : verbs()) {
    out +=
        "## elbow " + verb.name + "\n\n```\n" + usage(verb) + "\n```\n\n" + verb.summary + ".\n\n";
    if (!verb.details.empty()) out += "```\n" + verb.details + "\n```\n\n";
    if (!verb.flags.empty()) out += flag_rows(verb.flags);
  }
  return out + "## Exit codes\n\n" + exit_codes_markdown();
}

}  // namespace elbow::cli
