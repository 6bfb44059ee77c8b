#include "cli/common/flag_table.h"

#include <limits>

namespace elbow::cli {

Flag toggle(std::string name, std::string help, std::string short_name) {
  return {std::move(name), std::move(short_name), "", std::move(help), {}};
}

Flag valued(
    std::string name, FlagType type, std::string value, std::string help, std::string short_name) {
  return {std::move(name), std::move(short_name), std::move(value), std::move(help), {}, type};
}

Flag integer(std::string name,
             std::string value,
             std::int64_t minimum,
             std::string help,
             std::string short_name) {
  return {std::move(name),
          std::move(short_name),
          std::move(value),
          std::move(help),
          {},
          FlagType::integer,
          minimum};
}

Flag choice(std::string name, std::vector<std::string> choices, std::string help) {
  std::string value;
  for (const auto& word : choices) value += (value.empty() ? "" : "|") + word;
  return {std::move(name), "", value, std::move(help), std::move(choices), FlagType::choice};
}

Flag dry_run() {
  return toggle("dry-run", "check everything, say what would be written, write nothing");
}

Flag allow_code() {
  return toggle("allow-code",
                "run the code of a TorchScript density (model.type=torchscript), which may do "
                "whatever you may");
}

Flag output(const std::string& value, const std::string& help) {
  return valued("output", FlagType::path, value, help, "o");
}

const std::vector<Flag>& common_flags() {
  static const std::vector<Flag> table = [] {
    Flag device = valued("device",
                         FlagType::device,
                         "auto|cpu|cuda|cuda:N",
                         "where to compute (default: the configuration's)");
    device.choices = {"auto", "cpu", "cuda"};
    Flag threads = integer("threads", "auto|N", 1, "CPU threads (default: the configuration's)");
    threads.choices = {"auto"};
    threads.maximum = 1024;
    Flag seed = integer("seed", "N", 0, "seed of every draw (default: the configuration's)");
    seed.maximum = std::numeric_limits<std::int64_t>::max();
    return std::vector<Flag>{
        device,
        threads,
        seed,
        toggle("json", "standard output is JSON lines and nothing else"),
        toggle("quiet", "warnings and errors only", "q"),
        toggle("verbose", "more of what happens; the trace of an internal error", "v"),
        toggle("no-progress", "no progress bar"),
        toggle("no-color", "no colour"),
        toggle("help", "this text", "h"),
        toggle("version", "version of the program"),
    };
  }();
  return table;
}

const Flag* find_flag(const Verb& verb, const std::string& name) {
  for (const auto* table : {&verb.flags, &common_flags()})
    for (const auto& flag : *table)
      if (flag.name == name) return &flag;
  return nullptr;
}

}  // namespace elbow::cli
