#include "cli/common/command_line.h"

#include "cli/common/flag_values.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace {

/// The part before '=': "--device=cpu" -> "device".
std::string long_name(const std::string& argument) {
  return argument.substr(
      2, argument.find('=') == std::string::npos ? std::string::npos : argument.find('=') - 2);
}

bool is_flag(const std::string& argument) {
  double number = 0;
  return argument.size() > 1 && argument[0] == '-' && !parse_number(argument, &number);
}

/// Reads the arguments after the program's name, one after the other.
class Parser {
 public:
  explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  CommandLine parse() {
    while (next_ < arguments_.size()) {
      const std::string& argument = arguments_[next_++];
      if (!only_positional_ && argument == "--") {
        only_positional_ = true;
      } else if (only_positional_ || !is_flag(argument)) {
        positional(argument);
      } else if (argument.rfind("--", 0) == 0) {
        long_flag(argument);
      } else {
        short_flags(argument);
      }
    }
    finish();
    return line_;
  }

 private:
  void positional(const std::string& argument) {
    if (verb_ != nullptr) {
      line_.positional.push_back(argument);
      return;
    }
    verb_ = find_verb(argument);
    if (verb_ == nullptr) unknown_verb(argument);
    line_.verb = argument;
  }

  [[noreturn]] static void unknown_verb(const std::string& word) {
    std::vector<std::string> known;
    for (const auto& verb : verbs()) known.push_back(verb.name);
    const std::string near = nearest_word(word, known);
    const bool is_file =
        word.find(".yaml") != std::string::npos || word.find(".yml") != std::string::npos;
    fail_usage(
        "unknown verb '" + word + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"),
        is_file ? "elbow train " + word : "elbow help");
  }

  const Flag* known_flag(const std::string& name) const {
    static const Verb no_verb{};
    return find_flag(verb_ != nullptr ? *verb_ : no_verb, name);
  }

  std::string help_command() const {
    return verb_ == nullptr ? "elbow help" : "elbow help " + verb_->name;
  }

  [[noreturn]] void unknown_flag(const std::string& name) const {
    if (name.find('.') != std::string::npos) {
      fail_usage("unknown flag --" + name,
                 "configuration keys are written without dashes: " + name + "=VALUE");
    }
    std::vector<std::string> known, owners;
    for (const auto& flag : common_flags()) known.push_back(flag.name);
    if (verb_ != nullptr)
      for (const auto& flag : verb_->flags) known.push_back(flag.name);
    const std::string near = nearest_word(name, known);
    std::string owner;
    for (const auto& verb : verbs())
      for (const auto& flag : verb.flags)
        if (flag.name == name) owner += (owner.empty() ? "" : ", ") + verb.name;
    std::string message =
        verb_ == nullptr ? "unknown flag --" + name : verb_->name + ": unknown flag --" + name;
    if (!near.empty()) message += "; did you mean '--" + near + "'?";
    fail_usage(message, owner.empty() ? help_command() : "--" + name + " is a flag of: " + owner);
  }

  void long_flag(const std::string& argument) {
    const std::string name = long_name(argument);
    const Flag* flag = known_flag(name);
    if (flag == nullptr) unknown_flag(name);
    const auto equals = argument.find('=');
    if (equals == std::string::npos) {
      set(*flag, flag->value.empty() ? "true" : value_of(*flag, "--" + name));
    } else if (flag->value.empty()) {
      fail_usage("--" + name + ": takes no value, got '" + argument.substr(equals + 1) + "'");
    } else {
      set(*flag, argument.substr(equals + 1));
    }
  }

  /// -q, -qv, -o FILE, -oFILE, -n64
  void short_flags(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const Flag* flag = short_flag(argument[i]);
      if (flag == nullptr) fail_usage("unknown flag -" + argument.substr(i, 1), help_command());
      if (flag->value.empty()) {
        set(*flag, "true");
        continue;
      }
      std::string rest = argument.substr(i + 1);
      if (!rest.empty() && rest[0] == '=') rest.erase(0, 1);
      set(*flag, i + 1 < argument.size() ? rest : value_of(*flag, argument));
      return;
    }
  }

  const Flag* short_flag(char letter) const {
    const std::string name(1, letter);
    for (const auto& flag : common_flags())
      if (flag.short_name == name) return &flag;
    if (verb_ == nullptr) return nullptr;
    for (const auto& flag : verb_->flags)
      if (flag.short_name == name) return &flag;
    return nullptr;
  }

  std::string value_of(const Flag& flag, const std::string& spelled) {
    if (next_ >= arguments_.size() || is_flag(arguments_[next_])) {
      fail_usage(spelled + ": a value is missing, expected " + flag.value, help_command());
    }
    return arguments_[next_++];
  }

  void set(const Flag& flag, const std::string& value) {
    // Repeating a switch says nothing new; two values contradict each other, and neither is dropped
    // in silence.
    if (!flag.value.empty() && line_.has(flag.name)) {
      fail_usage("--" + flag.name + ": given twice, '" + line_.text(flag.name) + "' and '" + value +
                 "'");
    }
    if (!flag.value.empty()) check_value(flag, value);
    line_.flags[flag.name] = value;
  }

  void finish() {
    if (verb_ == nullptr) {
      line_.verb = line_.has("version") && !line_.has("help") ? "version" : "help";
      return;
    }
    if (line_.has("help")) return;
    if (line_.has("version")) {
      line_.verb = "version";
      line_.positional.clear();
      return;
    }
    check_contradictions();
    check_positional();
    for (const auto& name : verb_->required_flags) {
      if (!line_.has(name)) {
        fail_usage(verb_->name + ": --" + name + " is missing",
                   "elbow " + verb_->name + " " + verb_->arguments);
      }
    }
  }

  void check_contradictions() const {
    if (line_.has("quiet") && line_.has("verbose"))
      fail_usage("--quiet and --verbose contradict each other");
    if (line_.has("input") && line_.has("split")) {
      fail_usage("--input and --split contradict each other", "an own file has no splits");
    }
  }

  void check_positional() const {
    const std::string usage =
        "elbow " + verb_->name + (verb_->arguments.empty() ? "" : " " + verb_->arguments);
    const int count = static_cast<int>(line_.positional.size());
    if (count < verb_->min_positional) {
      fail_usage(verb_->name + ": an argument is missing, expected " + verb_->arguments, usage);
    }
    if (verb_->max_positional >= 0 && count > verb_->max_positional) {
      fail_usage(
          verb_->name + ": unexpected argument '" + line_.positional[verb_->max_positional] + "'",
          usage);
    }
    if (!verb_->takes_overrides) return;
    for (const auto& word : line_.overrides()) {
      if (word.find('=') != std::string::npos || word[0] == '~') continue;
      fail_usage(verb_->name + ": expected KEY=VALUE, got '" + word + "'",
                 "a value with blanks needs quotes: 'key=[1, 2]'");
    }
  }

  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  bool only_positional_ = false;
  const Verb* verb_ = nullptr;
  CommandLine line_;
};

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  return Parser(arguments).parse();
}

}  // namespace elbow::cli
