#include "cli/common/output.h"
#include "cli/trainer/training_session.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/inference/methods/inference_factory.h"
#include "elbow/inference/particles/draws_guide.h"
#include "elbow/runs/evaluate/starting_draws.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/tensor_io.h"

namespace elbow::cli {

namespace {

/// Starts from another run's weights: its best checkpoint, or its latest.
void take_weights(const std::string& path, const InferenceMethod& method, Modules& modules) {
  const RunDirectory other = RunDirectory::open(path);
  const io::CheckpointStore store(other.checkpoints());
  const io::LoadedCheckpoint checkpoint = store.load(store.best() ? "best" : "latest");
  for (const auto& warning : checkpoint.warnings) log::warning(warning);
  const std::string source = path + "/checkpoints/" + checkpoint.name;
  // The weights that eval would take: the moving average where that run's configuration says so.
  const ResolvedConfig other_config = load_config(other.config(), {}, full_schema());
  const std::string taken =
      method.begin_from(modules,
                        decode_tensors(checkpoint.file("model.safetensors"), source),
                        choose_weights(ConfigNode(other_config.value), ""),
                        source);
  log::info("starting from " + taken + " of " + source);
}

/// Chains begin at draws of what another run was fitted to.
void take_draws(const std::string& path,
                const ResolvedConfig& config,
                const DrawsGuide& chains,
                Modules& modules) {
  const TrainedRun other = load_run(path, RunOptions{});
  const Json &own = config.value.at("model"), &theirs = other.config.value.at("model");
  if (own.at("type") == "target" && own != theirs)
    throw UsageError("--init-from: " + path + " was fitted to another target, " +
                         theirs.value("target", Json()).dump() + ": its draws are none of " +
                         own.at("target").dump(),
                     "give a run of the same target");
  modules.start = {starting_draws(other, chains.joint(), chains.num_chains())};
  log::info("starting from draws of " + path + ", " + other.checkpoint);
}

int dry_run(const CommandLine& line, const TrainingSession& session) {
  const auto& experiment = session.experiment();
  const std::int64_t examples = experiment.dataset->size("train"),
                     batch = session.options().batch_size;
  const std::int64_t per_epoch = (examples + batch - 1) / batch;
  const std::int64_t steps =
      session.options().steps.value_or(session.options().epochs.value_or(0) * per_epoch);
  const Json facts = {{"parameters", experiment.inference->num_parameters()},
                      {"train_examples", examples},
                      {"steps", steps}};
  if (line.has("json")) {
    print_event("dry_run", facts);
  } else {
    print("would train " + std::to_string(experiment.inference->num_parameters()) +
          " parameters on " + std::to_string(examples) + " examples for " + std::to_string(steps) +
          " steps; nothing was written\n");
  }
  return kDone;
}

}  // namespace

int verb_train(const CommandLine& line) {
  ResolvedConfig config =
      load_config(line.positional.at(0), line.overrides_with_flags(), full_schema());
  TrainingSession session(line, std::move(config), line.has("stand-in"));
  std::function<void(Modules&)> initialise;
  if (line.has("init-from"))
    initialise = [&line, &session](Modules& modules) {
      if (const auto* chains = dynamic_cast<const DrawsGuide*>(modules.guide.get())) {
        take_draws(line.text("init-from"), session.config(), *chains, modules);
        return;
      }
      const auto method = inference_method(ConfigNode(session.config().value));
      take_weights(line.text("init-from"), *method, modules);
    };
  session.build(initialise);
  if (line.has("dry-run")) return dry_run(line, session);
  session.choose_thread_count();
  const RunDirectory run = RunDirectory::create(
      session.config().value.at("name").get<std::string>(), line.text("output"));
  const io::RunLock lock(run.path());
  log::set_file(run.log());
  log::info("run " + run.path());
  session.write_run_files(run,
                          {{"command", quoted_command(line)},
                           {"resumes", Json::array()},
                           {"nan_events", Json::array()}});
  return session.fit(run, nullptr);
}

}  // namespace elbow::cli
