#include "cli/common/completion.h"

#include "cli/common/bench_jobs.h"
#include "cli/common/command_line.h"
#include "cli/common/completion_scripts.h"
#include "elbow/data/sources/fetch.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> verb_names() {
  std::vector<std::string> out;
  for (const auto& verb : verbs()) out.push_back(verb.name);
  return out;
}

std::vector<Flag> flags_of(const Verb& verb) {
  std::vector<Flag> out = verb.flags;
  out.insert(out.end(), common_flags().begin(), common_flags().end());
  return out;
}

std::vector<std::string> spelled_flags(const std::vector<Flag>& flags) {
  std::vector<std::string> out;
  for (const auto& flag : flags) {
    out.push_back("--" + flag.name);
    if (!flag.short_name.empty()) out.push_back("-" + flag.short_name);
  }
  return out;
}

/// The words that may stand as a verb's first argument; empty when they are files or runs.
std::vector<std::string> subject_words(const Verb& verb, const Schema& schema) {
  switch (verb.subject) {
    case Subject::kind:
      return schema.kinds();
    case Subject::section:
      return schema.names("section");
    case Subject::shell:
      return {"bash", "zsh", "fish"};
    case Subject::data_action:
      return {"fetch", "info"};
    case Subject::bench_job:
      return bench_words();
    case Subject::topic: {
      auto words = verb_names();
      words.push_back("exit-codes");
      return words;
    }
    default:
      return {};
  }
}

bool names_a_run(const Verb& verb) {
  return verb.subject == Subject::run || verb.subject == Subject::run_or_file;
}

/// The lines of a shell `case` that POSIX-like shells share: PATTERN) echo WORDS;;
std::string case_line(const std::string& pattern, const std::vector<std::string>& words) {
  return "    " + pattern + ") echo \"" + joined(words) + "\";;\n";
}

/// Functions that bash and zsh share: they print words for a verb, a flag, a kind or a key.
std::string word_functions(const Schema& schema) {
  std::string flags, values, subjects, names, key_values, runs;
  for (const auto& verb : verbs()) {
    flags += case_line(verb.name, spelled_flags(flags_of(verb)));
    const auto words = subject_words(verb, schema);
    if (!words.empty()) subjects += case_line(verb.name, words);
    if (names_a_run(verb)) runs += (runs.empty() ? "" : "|") + verb.name;
    for (const auto& flag : flags_of(verb)) {
      const std::string pattern =
          verb.name + ":--" + flag.name +
          (flag.short_name.empty() ? "" : "|" + verb.name + ":-" + flag.short_name);
      if (flag.value.empty()) continue;
      if (flag.type == FlagType::path) {
        values +=
            "    " + pattern + ") echo @" + (flag.name == "init-from" ? "run" : "file") + ";;\n";
      } else if (flag.type == FlagType::checkpoint) {
        values += "    " + pattern + ") echo @checkpoint;;\n";
      } else {
        values += "    " + pattern + ") echo \"@words " + joined(flag.choices) + "\";;\n";
      }
    }
  }
  for (const auto& kind : schema.kinds()) names += case_line(kind, schema.names(kind));
  std::vector<std::string> keys;
  for (const auto& [key, words] : override_keys(schema)) {
    keys.push_back(key);
    if (!words.empty()) key_values += case_line(key, words);
  }
  return "_elbow_sets=\"" + joined(data::fetchable_sets()) + "\"\n_elbow_verbs=\"" +
         joined(verb_names()) + "\"\n_elbow_keys=\"" + joined(keys) + "\"\n" +
         "_elbow_flags() {\n  case \"$1\" in\n" + flags + "    *) echo \"" +
         joined(spelled_flags(common_flags())) + "\";;\n  esac\n}\n" +
         "# What follows a flag: @file, @run, @checkpoint, @words ...; nothing for a switch.\n" +
         "_elbow_flag_value() {\n  case \"$1:$2\" in\n" + values + "    *) ;;\n  esac\n}\n" +
         "_elbow_subjects() {\n  case \"$1\" in\n" + subjects + "    *) ;;\n  esac\n}\n" +
         "_elbow_names() {\n  case \"$1\" in\n" + names + "    *) ;;\n  esac\n}\n" +
         "_elbow_key_values() {\n  case \"$1\" in\n" + key_values + "    *) ;;\n  esac\n}\n" +
         "_elbow_takes_run() {\n  case \"$1\" in\n    " + runs +
         ") return 0;;\n    *) return 1;;\n  esac\n}\n";
}

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("\\'") : c == '\\' ? std::string("\\\\") : std::string(1, c);
  return out + "'";
}

std::string fish_flag(const std::string& condition, const Flag& flag) {
  std::string out = "complete -c elbow " + condition + "-l " + flag.name;
  if (!flag.short_name.empty()) out += " -s " + flag.short_name;
  out += " -d " + fish_quoted(flag.help);
  if (flag.value.empty()) return out + "\n";
  if (flag.type == FlagType::path) return out + " -r -F\n";
  if (flag.type == FlagType::checkpoint) return out + " -x -a '(__elbow_checkpoints)'\n";
  return out + " -x" + (flag.choices.empty() ? "" : " -a " + fish_quoted(joined(flag.choices))) +
         "\n";
}

std::string fish_script(const Schema& schema) {
  std::string out =
      std::string("# fish completion for elbow: elbow completion fish | source\n") + kFishFunctions;
  for (const auto& flag : common_flags()) out += fish_flag("", flag);
  for (const auto& verb : verbs()) {
    const std::string uses = "-n '__fish_seen_subcommand_from " + verb.name + "' ";
    out += "complete -c elbow -n __fish_use_subcommand -a " + verb.name + " -d " +
           fish_quoted(verb.summary) + "\n";
    for (const auto& flag : verb.flags) out += fish_flag(uses, flag);
    const auto words = subject_words(verb, schema);
    if (!words.empty())
      out += "complete -c elbow " + uses + "-a " + fish_quoted(joined(words)) + "\n";
    if (names_a_run(verb)) out += "complete -c elbow " + uses + "-a '(__elbow_runs)'\n";
    if (verb.subject == Subject::config || verb.subject == Subject::run_or_file ||
        verb.subject == Subject::folder || verb.subject == Subject::bench_job) {
      out += "complete -c elbow " + uses + "-F\n";
    }
  }
  for (const auto& kind : schema.kinds()) {
    out +=
        "complete -c elbow -n '__fish_seen_subcommand_from describe; and "
        "__fish_seen_subcommand_from " +
        kind + "' -a " + fish_quoted(joined(schema.names(kind))) + "\n";
  }
  out +=
      "complete -c elbow -n '__fish_seen_subcommand_from data; and __fish_seen_subcommand_from "
      "fetch' -a " +
      fish_quoted(joined(data::fetchable_sets())) + "\n";
  const std::string overriding =
      "complete -c elbow -n '__fish_seen_subcommand_from train validate resume bench; and "
      "__elbow_second' -a ";
  for (const auto& [key, words] : override_keys(schema)) {
    if (words.empty()) out += overriding + fish_quoted(key + "=") + "\n";
    for (const auto& word : words) out += overriding + fish_quoted(key + "=" + word) + "\n";
  }
  return out;
}

}  // namespace

std::string completion_script(const std::string& shell, const Schema& schema) {
  if (shell == "bash") {
    return "# bash completion for elbow: source <(elbow completion bash)\n" +
           word_functions(schema) + kBashFunctions;
  }
  if (shell == "zsh") {
    return "#compdef elbow\n# zsh completion for elbow: source <(elbow completion zsh)\n" +
           word_functions(schema) + kZshFunctions;
  }
  if (shell == "fish") return fish_script(schema);
  throw UsageError(
      "command line: error: completion: expected bash, zsh or fish, got '" + shell + "'",
      "elbow help completion");
}

}  // namespace elbow::cli
