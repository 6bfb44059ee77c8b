#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace elbow::cli {

/// How the value of a flag is checked while the command line is parsed.
enum class FlagType {
  text,
  path,
  choice,      ///< one of `choices`
  integer,     ///< >= `minimum`, or one of `choices`
  number,      ///< > 0
  duration,    ///< 90, 90s, 15m, 3h50m
  device,      ///< auto, cpu, cuda, cuda:N
  checkpoint,  ///< best, latest, step-N, N
};

/// One flag of a verb: stands once; help, completion, the reference and the parser read it.
struct Flag {
  std::string name;        ///< without dashes: "max-time"
  std::string short_name;  ///< "o" or empty
  std::string value;       ///< "DIR", "K", "auto|cpu|cuda|cuda:N"; empty: a switch
  std::string help;
  std::vector<std::string> choices;  ///< for completion and checking; empty: free
  FlagType type = FlagType::text;
  std::int64_t minimum = 0;  ///< for integers
  /// For integers. Products of a few counts of this size stay within 64 bits.
  std::int64_t maximum = 1'000'000'000'000;
};

/// What a verb's first positional argument names; completion reads it.
enum class Subject {
  none,
  config,
  run,
  run_or_file,
  kind,
  section,
  shell,
  topic,
  data_action,
  folder,
  bench_job
};

struct Verb {
  std::string name, arguments, summary;
  std::vector<Flag> flags = {};                 ///< besides the flags of all verbs
  bool in_front_end = false;                    ///< answered without LibTorch
  int min_positional = 0, max_positional = -1;  ///< -1: any number
  std::string details = "";                     ///< paragraphs and examples for `elbow help VERB`
  Subject subject = Subject::none;
  bool takes_overrides = false;  ///< positional arguments after the first are KEY=VALUE
  std::vector<std::string> required_flags = {};
};

const std::vector<Verb>& verbs();
const std::vector<Flag>& common_flags();
const Verb* find_verb(const std::string& name);
/// A flag of the verb or of all verbs; null when there is none of that name.
const Flag* find_flag(const Verb& verb, const std::string& name);

/// A parsed command. Positional arguments keep their order; overrides (KEY=VALUE, +KEY=, ++KEY=,
/// ~KEY) are among them.
struct CommandLine {
  std::string verb;
  std::vector<std::string> positional;
  std::map<std::string, std::string>
      flags;  ///< given flags only, by long name; switches map to "true"

  bool has(const std::string& flag) const { return flags.count(flag) != 0; }
  std::string text(const std::string& flag, const std::string& fallback = "") const;
  /// @throws UsageError "command line: error: --particles: expected an integer >= 1, got 'x'"
  std::int64_t integer(const std::string& flag, std::int64_t fallback, std::int64_t minimum) const;
  double number(const std::string& flag, double fallback) const;   ///< > 0
  double seconds(const std::string& flag, double fallback) const;  ///< 90, 90s, 15m, 3h50m
  /// Positional arguments after the first: the overrides of train, resume and validate.
  std::vector<std::string> overrides() const;
  /// These, then --device, --threads and --seed, which are keys of the configuration too.
  std::vector<std::string> overrides_with_flags() const;
};

/// Every value of a flag is checked here, so that nothing starts with a wrong one.
/// `--help` anywhere wins: the other checks are left out. Without a verb the verb is `help` (or
/// `version`).
/// @throws UsageError: unknown verb or flag with the nearest known one, missing value, too many
/// arguments
CommandLine parse_command_line(const std::vector<std::string>& arguments);

/// `elbow help VERB`, and `elbow VERB --help`.
std::string help_text(const Verb& verb);
std::string general_help();
/// Markdown of all verbs and flags (docs/cli.md).
std::string markdown_help();
/// "90s", "15m", "3h50m", "1d", "90" -> seconds; false when it is not a duration.
bool parse_duration(const std::string& text, double* seconds);

}  // namespace elbow::cli
