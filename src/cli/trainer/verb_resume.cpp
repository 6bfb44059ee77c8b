#include <ctime>

#include "cli/common/output.h"
#include "cli/trainer/training_session.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/trainer.h"

namespace elbow::cli {

namespace {

/// How long and how often, and where; nothing that the result depends on.
bool may_change(const std::string& key) {
  for (const char* prefix : {"trainer.epochs",
                             "trainer.steps",
                             "trainer.max_time",
                             "trainer.early_stopping",
                             "trainer.checkpoint",
                             "trainer.evaluate_every_",
                             "inference.num_draws",
                             "inference.max_steps",
                             "device",
                             "engine"})
    if (key.compare(0, std::string(prefix).size(), prefix) == 0) return true;
  return false;
}

void refuse_changes(const std::vector<std::string>& differences) {
  std::string refused;
  for (const auto& difference : differences)
    if (!may_change(difference.substr(0, difference.find(':')))) refused += "\n  " + difference;
  if (!refused.empty())
    throw UsageError(
        "a resumed run would differ from the one that was started:" + refused,
        "leave these keys, start a new run with --init-from, or accept with --allow-change");
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// What a checkpoint says of its data.
Json facts_of(const io::LoadedCheckpoint& checkpoint) {
  const Json state =
      Json::parse(checkpoint.file("state.json"), nullptr, /*allow_exceptions=*/false);
  if (!state.is_object())
    throw DataError(checkpoint.name + ": state.json is not a JSON object",
                    "the run cannot be resumed from this checkpoint");
  const auto facts = state.find("facts");
  return facts != state.end() && facts->is_object() ? *facts : Json::object();
}

}  // namespace

int verb_resume(const CommandLine& line) {
  const RunDirectory run = RunDirectory::open(line.positional.at(0));
  run.check_copies();
  const Schema schema = full_schema();
  const ResolvedConfig stored = load_config(run.config(), {}, schema);
  ResolvedConfig config = load_config(run.config(), line.overrides_with_flags(), schema);
  const auto differences = config_differences(stored.value, config.value);
  if (!line.has("allow-change")) refuse_changes(differences);
  const io::RunLock lock(run.path());
  io::CheckpointStore store(run.checkpoints());
  if (!line.has("dry-run")) store.sweep();
  std::optional<io::LoadedCheckpoint> checkpoint;
  // Killed before its first checkpoint: the run starts again from its configuration.
  if (!store.names().empty()) checkpoint = store.load("latest");
  if (checkpoint)
    for (const auto& warning : checkpoint->warnings) log::warning(warning);
  const Json facts = checkpoint ? facts_of(*checkpoint) : Json::object();
  TrainingSession session(line,
                          std::move(config),
                          facts.value("stand_in", run.read_run_json().value("stand_in", false)));
  session.build();
  if (facts.contains("fingerprint") &&
      facts["fingerprint"] != session.experiment().dataset->fingerprint() &&
      !line.has("allow-change"))
    throw DataError("the data differ from those the run was trained on",
                    "restore them, or accept with --allow-change");
  // Before anything is written: a configuration that was changed may want other tensors.
  if (checkpoint)
    session.experiment().inference->load(inference_state(*checkpoint), checkpoint->name);
  if (line.has("dry-run")) {
    const std::string from = checkpoint ? checkpoint->name : std::string("its start");
    line.has("json")
        ? print_event("dry_run", {{"path", run.path()}, {"from", from}})
        : print("would resume " + run.path() + " from " + from + "; nothing was written\n");
    return kDone;
  }
  session.choose_thread_count();
  log::set_file(run.log());
  log::info("resuming " + run.path() + " from " +
            (checkpoint ? checkpoint->name : std::string("its start")));
  for (const auto& difference : differences) log::info("changed " + difference);
  Json resumes = run.read_run_json().value("resumes", Json::array());
  resumes.push_back({{"step", checkpoint ? checkpoint->step : 0}, {"time", now()}});
  session.write_run_files(run, {{"resumes", resumes}});
  return session.fit(run, checkpoint ? &*checkpoint : nullptr);
}

}  // namespace elbow::cli
