#include "cli/common/evaluation_name.h"

#include <algorithm>
#include <filesystem>

#include "cli/common/flag_values.h"

namespace elbow::cli {
namespace {

std::string component_type(const Json& config, const char* section) {
  return config.value(section, Json::object()).value("type", "");
}

bool is_closed_form(const Json& config) {
  return component_type(config, "inference") == "conjugate";
}

/// Bound and density of an example are known: no draw estimates them.
bool draws_nothing(const Json& config) {
  return is_closed_form(config) || component_type(config, "model") == "density";
}

/// Why evaluations of this model do without a flag; empty when they use it.
std::string why_unused(const std::string& flag, const CommandLine& line, const Json& config) {
  const std::string model = component_type(config, "model");
  const bool is_of_draws = flag == "particles" || flag == "chunk" || flag == "refine-steps";
  if (is_of_draws && is_closed_form(config))
    return "the model '" + model + "' is evaluated in closed form, without draws";
  if (is_of_draws && draws_nothing(config))
    return "the density of each example is exact, without draws";
  const std::string inference = component_type(config, "inference");
  if (is_of_draws && (inference == "svgd" || inference == "hmc" || inference == "sgld"))
    return "a run of '" + inference + "' is evaluated with all of its points";
  const bool is_supervised = model == "network_regression" || model == "network_classification" ||
                             model == "dropout_regression";
  if (flag == "chunk" && is_supervised)
    return "the examples of the model '" + model + "' share their draws, which --batch-size cuts";
  if (flag == "refine-rate" && line.integer("refine-steps", 0, 0) == 0)
    return "it is the learning rate of --refine-steps, of which there are none";
  if (flag == "weights" && is_closed_form(config))
    return "posteriors in closed form have no moving average";
  if (flag == "mean" && model != "latent" && model != "latents")
    return "the model '" + model + "' has no decoder";
  return "";
}

/// The file's name without its ending: mine of data/mine.csv, mine of mine.idx.gz.
std::string stem_of(const std::string& path) {
  constexpr std::size_t kMost = 150;  // a file name holds 255 bytes
  std::filesystem::path name = std::filesystem::path(path).filename();
  if (name.extension() == ".gz") name = name.stem();
  return name.stem().string().substr(0, kMost);
}

std::int64_t step_of(const std::string& checkpoint) {
  const std::string prefix = "step-";
  std::int64_t step = -1;
  parse_integer(checkpoint.rfind(prefix, 0) == 0 ? checkpoint.substr(prefix.size()) : checkpoint,
                &step);
  return step;
}

/// "" when it is the one that eval takes by itself.
std::string checkpoint_part(const CommandLine& line, const io::CheckpointStore& store) {
  if (!line.has("checkpoint")) return "";
  const std::string asked = line.text("checkpoint");
  const std::string latest = store.latest().value_or(""), best = store.best().value_or(latest);
  const std::int64_t step = step_of(asked == "latest" ? latest : asked == "best" ? best : asked);
  return step == step_of(best) ? "" : "-step-" + std::to_string(step);
}

/// "" for those that eval takes by itself.
std::string weights_part(const CommandLine& line, const Json& config) {
  const Json& trainer = config.at("trainer");
  const bool has_average = trainer.contains("ema") && trainer.at("ema").is_object();
  const std::string usual = has_average ? trainer.at("ema").value("evaluate", "raw") : "raw";
  const std::string asked = line.text("weights", usual);
  return asked == usual ? "" : "-" + asked;
}

}  // namespace

void refuse_unused_flags(const CommandLine& line, const Json& config) {
  for (const char* flag :
       {"particles", "chunk", "refine-steps", "refine-rate", "weights", "mean"}) {
    const bool is_of_others = line.verb == "diagnose" && std::string(flag) == "particles";
    const std::string why = line.has(flag) && !is_of_others ? why_unused(flag, line, config) : "";
    if (!why.empty())
      fail_usage(std::string("--") + flag + ": has no effect: " + why, "leave it out");
  }
}

std::string evaluation_name(const CommandLine& line,
                            const Json& config,
                            const io::CheckpointStore& store) {
  std::string out =
      line.has("input") ? "input-" + stem_of(line.text("input")) : line.text("split", "test");
  if (line.has("limit")) out += "-limit-" + std::to_string(line.integer("limit", 0, 1));
  const std::int64_t particles = line.integer("particles", kEvaluationParticles, 1);
  if (particles != kEvaluationParticles) out += "-k-" + std::to_string(particles);
  const std::int64_t refine_steps = line.integer("refine-steps", 0, 0);
  if (refine_steps > 0) {
    out += "-refine-" + std::to_string(refine_steps);
    if (line.has("refine-rate")) out += "-rate-" + line.text("refine-rate");
  }
  out += checkpoint_part(line, store) + weights_part(line, config);
  // Without draws and without a subset a seed decides nothing.
  if (draws_nothing(config) && !line.has("limit")) return out;
  const std::int64_t own_seed = config.at("seed").get<std::int64_t>(),
                     seed = line.integer("seed", own_seed, 0);
  return seed == own_seed ? out : out + "-seed-" + std::to_string(seed);
}

std::string eval_command(const std::string& run, const Json& splits) {
  const std::string command = "elbow eval " + run;
  if (!splits.is_array() || splits.empty()) return command;
  for (const char* split : {"test", "valid", "train"})
    if (std::find(splits.begin(), splits.end(), Json(split)) != splits.end())
      return std::string(split) == "test" ? command : command + " --split " + split;
  return command;
}

}  // namespace elbow::cli
