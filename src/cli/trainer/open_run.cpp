#include <ATen/Parallel.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/data/device/device.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/inference/methods/inference_factory.h"

namespace elbow::cli {

void set_threads(const CommandLine& line, const ConfigNode& config) {
  std::string wanted = line.text("threads", "");
  if (wanted.empty() && !config.is_word("threads", "auto"))
    wanted = std::to_string(config.integer("threads"));
  if (wanted.empty() || wanted == "auto")
    wanted = std::to_string(std::max(1u, std::thread::hardware_concurrency()));
  at::set_num_threads(std::stoi(wanted));
}

TrainedRun open_run(const CommandLine& line, std::optional<at::Device> device) {
  std::error_code ignored;
  if (line.has("input") && line.has("output") &&
      std::filesystem::equivalent(line.text("input"), line.text("output"), ignored))
    throw UsageError(
        "--output: expected another file than --input, got '" + line.text("output") + "' for both",
        "its contents would be lost");
  RunOptions options;
  options.checkpoint = line.text("checkpoint");
  options.weights = line.text("weights");
  options.seed = line.integer("seed", -1, 0);
  // A run trained on CUDA is read wherever it is opened: without --device the choice is automatic.
  const std::string asked = line.text("device", "auto");
  DeviceChoice choice;
  std::optional<UsageError> refused;
  try {
    choice = choose_device(asked);
  } catch (const UsageError& error) {
    refused = error;  // a run that no device helps says so instead
  }
  log::debug("device " + choice.name + ": " + choice.why);
  options.device = device.value_or(choice.device);
  TrainedRun run = load_run(line.positional.at(0), options);
  if (asked.rfind("cuda", 0) == 0 && inference_method(run.node())->needs_cpu())
    throw UsageError("--device: a model with closed forms runs on the CPU, got '" + asked + "'",
                     "leave --device out");
  if (refused) throw *refused;
  set_threads(line, run.node());
  return run;
}

std::string quoted_command(const CommandLine& line) {
  auto quote = [](const std::string& word) {
    const bool plain =
        !word.empty() && word.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_-./=,:+@%") == std::string::npos;
    if (plain) return word;
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
  };
  std::string out = "elbow " + line.verb;
  // Appended one by one: g++ 12 takes a literal before a temporary for a copy of unbounded size.
  for (const auto& word : line.positional) out.append(" ").append(quote(word));
  for (const auto& [flag, value] : line.flags) {
    out.append(" --").append(flag);
    if (value != "true") out.append(" ").append(quote(value));
  }
  return out;
}

}  // namespace elbow::cli
