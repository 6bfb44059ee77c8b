#include "elbow/runs/evaluate/trained_run.h"

#include "elbow/data/sources/corpus.h"
#include "elbow/data/sources/input.h"
#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/inference/methods/inference_factory.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/tensor_io.h"
#include "shape_text.h"

namespace elbow {

namespace {

/// The clock of the trainer when it saved this.
Clock clock_of(const ConfigNode& node, const Json& state, std::int64_t num_train) {
  Clock out;
  out.step = state.value("step", std::int64_t{0});
  const ConfigNode trainer = node.child("trainer");
  if (!trainer.has("batch_size")) return out;
  const std::int64_t size = trainer.integer("batch_size");
  const std::int64_t per_epoch = std::max<std::int64_t>(1, (num_train + size - 1) / size);
  out.steps_per_epoch = static_cast<double>(per_epoch);
  out.total_steps = trainer.has("steps")    ? trainer.integer("steps")
                    : trainer.has("epochs") ? trainer.integer("epochs") * per_epoch
                                            : 0;
  return out;
}

/// The words of the run's corpus, where its vocabulary is named and still there.
std::shared_ptr<const std::vector<std::string>> words_of(const ConfigNode& data) {
  if (data.type() != "bag_of_words" || !data.has("vocabulary")) return nullptr;
  try {
    return std::make_shared<const std::vector<std::string>>(
        data::read_vocabulary(data::find_file(data.text("vocabulary"))));
  } catch (const Error& error) {
    log::warning(std::string(error.what()) + "; words are shown by their numbers");
    return nullptr;
  }
}

NamedTensors estimator_state(const NamedTensors& stored) {
  const std::string prefix = "estimator.";
  NamedTensors out;
  for (const auto& [name, tensor] : stored)
    if (name.compare(0, prefix.size(), prefix) == 0)
      out.emplace_back(name.substr(prefix.size()), tensor);
  return out;
}

/// Where a training that failed gave up.
std::int64_t failed_step(const Json& state) {
  const Json events = state.value("nan_events", Json::array());
  if (state.value("status", "") == "numerical_failure" && !events.empty())
    return events.back().value("step", std::int64_t{0});
  return state.value("step", std::int64_t{0});
}

bool has_failed(const Json& state) {
  const std::string status = state.value("status", "");
  return status == "numerical_failure" || status == "failed";
}

/// The weights before a failure are rarely what somebody wants to read without knowing of it.
[[noreturn]] void refuse_failed(const RunDirectory& run, const io::CheckpointStore& store) {
  const Json state = run.read_run_json();
  const bool is_numerical = state.value("status", "") == "numerical_failure";
  const Json verdict = state.value("verdict", Json::object());
  const Json findings = verdict.value("findings", Json::array());
  const bool is_judged = is_numerical && !findings.empty();
  throw UsageError(
      run.path() + ": its training failed at step " + std::to_string(failed_step(state)) +
          (is_judged ? ": " + findings.front().value("words", "")
           : is_numerical
               ? ", bound or gradient was not finite (" + run.path() + "/nan_report.json)"
               : " (" + run.log() + ")"),
      store.names().empty() ? "train again"
                            : "add --checkpoint latest for " + store.names().back() +
                                  (store.best() ? ", --checkpoint best for " + *store.best() : ""));
}

}  // namespace

std::string choose_weights(const ConfigNode& node, const std::string& asked) {
  if (!asked.empty()) return asked;
  const ConfigNode trainer = node.child("trainer");
  return trainer.has("ema") && trainer.child("ema").text("evaluate") == "ema" ? "ema" : "raw";
}

TrainedRun load_run(const std::string& path, const RunOptions& options) {
  TrainedRun run;
  run.directory = RunDirectory::open(path);
  run.device = options.device;
  run.directory.check_copies();
  run.config = load_run_config(run.directory.config(), full_schema());
  const io::CheckpointStore store(run.directory.checkpoints());
  std::string which = options.checkpoint;
  const Json run_json = run.directory.read_run_json();
  if (has_failed(run_json)) {
    if (which.empty()) refuse_failed(run.directory, store);
    run.failed_at = failed_step(run_json);
  }
  if (which.empty()) which = store.best() ? "best" : "latest";
  const io::LoadedCheckpoint checkpoint = store.load(which);
  for (const auto& warning : checkpoint.warnings) log::warning(warning);
  run.checkpoint = checkpoint.name;
  if (run.failed_at >= 0)
    log::warning(path + ": its training failed at step " + std::to_string(run.failed_at) +
                 "; what follows is of " + run.checkpoint);
  const Json state =
      Json::parse(checkpoint.file("state.json"), nullptr, /*allow_exceptions=*/false);
  if (!state.is_object() || !state.contains("facts") || !state["facts"].contains("event_shape"))
    throw DataError(checkpoint.name + ": state.json lacks the event shape",
                    "use another checkpoint");
  run.facts = state["facts"];
  run.event_shape = run.facts["event_shape"].get<Shape>();
  run.uses_stand_in = run.facts.value("stand_in", false);
  const ConfigNode node = run.node();
  run.weights = choose_weights(node, options.weights);
  run.seed = static_cast<std::uint64_t>(options.seed >= 0 ? options.seed : node.integer("seed"));
  DataContext data;
  data.event_shape = run.event_shape;
  data.num_examples = run.num_train();
  data.num_responses = run.facts.value("responses", std::int64_t{0});
  const data::Reading reading = data::reading_from(run.facts);
  data.num_classes = static_cast<std::int64_t>(reading.classes.size());
  data.num_covariates = reading.covariates.size();
  data.words = words_of(node.child("data"));
  data.has_gaps = run.has_gaps();
  const InferenceMethodPtr method = inference_method(node);
  if (method->needs_cpu()) run.device = at::kCPU;
  run.modules = build_modules(node, data, run.device);
  const NamedTensors stored =
      decode_tensors(checkpoint.file("model.safetensors"), checkpoint.name + "/model.safetensors");
  method->load(run.modules, stored, run.weights == "ema", checkpoint.name);
  run.fitted = fitted_model(node, run.modules);
  run.clock = clock_of(node, state, run.num_train());
  if (run.modules.guide) run.modules.guide->advance(run.clock);
  run.estimator = estimator_state(stored);
  return run;
}

DataUnits TrainedRun::units() const {
  return {facts.value("standardization", Json()),
          event_shape,
          facts.value("responses", std::int64_t{0})};
}

std::vector<std::string> TrainedRun::columns() const {
  return event_columns(event_shape, facts.value("columns", Json()));
}

std::shared_ptr<Dataset> TrainedRun::load_data() const {
  auto dataset = load_dataset(node(), uses_stand_in, device);
  if (dataset->event_shape() != event_shape)
    throw DataError("data: examples of shape " + shape_text(dataset->event_shape()) +
                    ", expected " + shape_text(event_shape) + " as in training");
  for (const auto& warning : dataset->raw().warnings) log::warning(warning);
  return dataset;
}

}  // namespace elbow
