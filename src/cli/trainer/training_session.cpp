#include "cli/trainer/training_session.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/common/evaluation_name.h"
#include "cli/common/output.h"
#include "cli/trainer/posterior_output.h"
#include "cli/trainer/training_profile.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/metric.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/io/version.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/foundations/observe/report.h"
#include "elbow/inference/methods/inference_factory.h"
#include "elbow/probability/targets/target.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/illustrator.h"
#include "elbow/runs/evaluate/posterior_record.h"

namespace elbow::cli {

TrainingSession::TrainingSession(const CommandLine& line, ResolvedConfig config, bool use_stand_in)
    : line_(line), config_(std::move(config)), use_stand_in_(use_stand_in) {}

void TrainingSession::build(const std::function<void(Modules&)>& initialise) {
  const ConfigNode node(config_.value);
  // The rules refuse another device that is asked for by name.
  const std::string asked = node.text("device");
  device_ = choose_device(inference_method(node)->needs_cpu() ? "cpu" : asked);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  // That mode would also fill every new tensor, in case somebody reads what nobody has written.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  if (!device_.device.is_cpu()) {
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setAllowTF32CuDNN(false);
  }
  try {
    experiment_ = build_experiment(node, use_stand_in_, device_.device, initialise);
  } catch (const ConfigError& error) {
    // What only the data can tell, such as an image too small for the network, has a line too.
    std::vector<Diagnostic> located;
    for (const auto& found : error.diagnostics()) located.push_back(config_.locate(found));
    throw ConfigError(located);
  }
  options_ = TrainerOptions::from(node);
  if (options_.batch_size == 0) options_.batch_size = experiment_.dataset->size("train");
  node.touch("engine");
  node.touch("threads");
  check_all_read(node);
  if (line_.has("max-time")) options_.max_time = line_.seconds("max-time", 0);
  for (const auto& warning : experiment_.dataset->raw().warnings) log::warning(warning);
}

void TrainingSession::choose_thread_count() {
  const ConfigNode node(config_.value);
  int threads = 0;
  if (!node.is_word("threads", "auto")) {
    threads = static_cast<int>(node.integer("threads"));
    at::set_num_threads(threads);
  } else if (!device_.device.is_cpu()) {
    threads = at::get_num_threads();
  } else {
    // Counters, weights, moments and noise are as before when the trial ends.
    const Dataset& dataset = *experiment_.dataset;
    threads = choose_threads(*experiment_.inference,
                             trial_micro_batches(options_, dataset),
                             options_.clock_at(/*step=*/0, dataset.size("train")));
  }
  auto choose = [this](const char* key, const Json& value) {
    if (config_.value[key] == value) return;
    config_.value[key] = value;
    config_.origins[key] = "chosen";
  };
  choose("threads", threads);
  choose("device", device_.name);
  const Engine engine = experiment_.inference->engine();
  // What was asked for stays: the same run may find a device elsewhere.
  if (engine.is_option && node.is_word("engine", "auto")) choose("engine", engine.name);
}

Json TrainingSession::facts() const {
  Json out = experiment_.dataset->facts();
  out["stand_in"] = use_stand_in_;
  return out;
}

Json TrainingSession::environment() const {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return {{"elbow", io::kElbowVersion},
          {"libtorch",
           std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) + "." +
               std::to_string(TORCH_VERSION_PATCH)},
          {"device", device_.name},
          {"device_why", device_.why},
          {"threads", at::get_num_threads()},
          {"dtype", config_.value.at("dtype")},
          {"deterministic", true},
          {"seed", config_.value.at("seed")},
          {"command", quoted_command(line_)},
          {"host", host},
          {"parameters", experiment_.inference->num_parameters()},
          {"data", experiment_.dataset->describe()},
          {"data_fingerprint", experiment_.dataset->fingerprint()}};
}

namespace {

Json engine_json(const Engine& engine) { return {{"name", engine.name}, {"why", engine.why}}; }

}  // namespace

void TrainingSession::write_run_files(const RunDirectory& run, const Json& run_changes) {
  std::map<std::string, std::string> copies;
  if (experiment_.modules.model)
    for (const SourceFile& source : experiment_.modules.model->source_files())
      copies[source.name] = source.text;
  const Json checksums = run.write_copies(copies);
  io::remove_tree(run.posterior());  // of an earlier end
  io::write_file(run.config(), dump_config(config_));
  io::write_json(run.environment(), environment(), /*durable=*/false);
  Json status = run.read_run_json();
  if (status.is_null()) status = Json::object();
  status.update({{"status", "running"}, {"name", config_.value.at("name")}});
  const Engine engine = experiment_.inference->engine();
  status["engine"] = engine_json(engine);
  status["threads"] = at::get_num_threads();
  status["stand_in"] = use_stand_in_;
  if (!checksums.empty()) status["program"] = checksums;
  status.erase("verdict");  // of an end that is no longer one
  status.update(run_changes);
  run.write_run_json(status);
}

std::vector<NamedPicture> TrainingSession::pictures() const {
  const FittedModelPtr fitted = fitted_model(ConfigNode(config_.value), experiment_.modules);
  if (fitted->illustrator() == nullptr) return {};
  return fitted->illustrator()->pictures(*experiment_.dataset, options_.seed, options_.image_count);
}

namespace {

RunRecorder::Options recorder_options(const CommandLine& line) {
  RunRecorder::Options out;
  out.terminal = Terminal::detect(line.has("no-color"));
  out.show_progress = !line.has("no-progress");
  out.is_quiet = line.has("quiet");
  out.is_json = line.has("json");
  out.print_record = [](const Json& record) { stream_event("metrics", record); };
  return out;
}

/// A run that ends by an error says so in run.json; a stop has said it already.
void train_and_mark(Trainer& trainer, RunRecorder& recorder, const Target* target) {
  try {
    trainer.fit();
  } catch (const Stopped&) {
    throw;
  } catch (const NumericalError& error) {
    recorder.update_run({{"status", "numerical_failure"}});
    const Rejections found = target == nullptr ? Rejections() : target->rejections();
    if (found.rejected == 0) throw;
    throw NumericalError(
        std::string(error.what()) + "; the first point without a density: " + found.first_reason,
        error.help());
  } catch (const std::exception&) {
    recorder.update_run({{"status", "failed"}, {"step", trainer.state().step}});
    throw;
  }
}

std::string more_of_it(const std::string& command, const ConfigNode& inference) {
  if (inference.has("num_draws")) return "more draws: " + command + " inference.num_draws=N";
  if (inference.has("max_steps")) return "more steps: " + command + " inference.max_steps=N";
  return "more epochs: " + command + " trainer.epochs=N";
}

}  // namespace

int TrainingSession::fit(const RunDirectory& run, const io::LoadedCheckpoint* checkpoint) {
  std::int64_t metrics_bytes = -1, first_step = 1;
  if (checkpoint != nullptr) {
    const TrainerState state = TrainerState::from_json(
        Json::parse(checkpoint->files.at("state.json"), nullptr, false), checkpoint->name);
    metrics_bytes = state.metrics_bytes;
    first_step = state.step + 1;
  } else if (::access(run.metrics().c_str(), F_OK) == 0) {
    metrics_bytes = 0;
  }
  RunRecorder recorder(run, recorder_options(line_), metrics_bytes, first_step);
  recorder.hyperparameters(first_step, config_.value);
  Trainer::Hooks hooks;
  hooks.pictures = [this](std::int64_t) { return pictures(); };
  hooks.config_yaml = dump_config(config_);
  hooks.facts = facts();
  const std::string permission = line_.has("allow-code") ? " --allow-code" : "";
  hooks.resume_command = "elbow resume " + run.path() + permission;
  Trainer trainer(options_, *experiment_.inference, *experiment_.dataset, recorder, hooks);
  if (checkpoint != nullptr) trainer.restore(*checkpoint);
  if (trainer.is_finished())
    log::info(experiment_.inference->has_converged()
                  ? "nothing is left to do: the fit has converged; elbow resume " + run.path() +
                        " --allow-change inference.tolerance=T goes on to a smaller one"
                  : "nothing is left to do; " +
                        more_of_it("elbow resume " + run.path(),
                                   ConfigNode(config_.value).child("inference")));
  if (checkpoint == nullptr)
    recorder.update_run({{"start", bound_on_some(experiment_, options_.seed, device_.device)}});
  TrainingProfile profile(line_, device_, run);
  const Target* target = experiment_.modules.model ? experiment_.modules.model->target() : nullptr;
  profile.record(trainer, [&] { train_and_mark(trainer, recorder, target); });
  if (target != nullptr) report_rejections(target->rejections(), recorder);
  // A step that could not be captured is known only now.
  recorder.update_run({{"engine", engine_json(experiment_.inference->engine())}});
  const std::vector<Finding> findings = give_verdict(recorder, judge_guide(recorder));
  write_posterior(run);
  try {
    io::write_file(run.report(), render_report(run.path()));
  } catch (const Error& error) {
    log::warning(std::string("the report was not written: ") + error.what());
  }
  refuse_failure(findings, run.report());
  print_summary(run, trainer.state().step);
  profile.print();
  const bool is_of_quantities =
      target != nullptr || ConfigNode(config_.value).child("inference").has("num_draws");
  print_next(line_,
             is_of_quantities ? "elbow summary " + run.path() + permission
                              : eval_command(run.path(), experiment_.dataset->split_names()));
  return kDone;
}

}  // namespace elbow::cli
