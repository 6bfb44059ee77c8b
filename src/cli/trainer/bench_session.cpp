#include "cli/trainer/bench_session.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/runs/benchmark/ceiling.h"
#include "elbow/runs/evaluate/importance.h"

namespace elbow::cli {
namespace {

constexpr std::int64_t kEndless = std::int64_t{1} << 40;

/// Training without end and without what interrupts it.
/// @param steps whose bound is asked for: a record for each eighth of them; 0: none
TrainerOptions uninterrupted(TrainerOptions options, std::int64_t steps) {
  if (steps > 0) options.log_every_steps = std::max<std::int64_t>(1, steps / 8);
  options.epochs.reset();
  options.steps = kEndless;
  for (auto* every : {&options.evaluate_every_epochs,
                      &options.evaluate_every_steps,
                      &options.checkpoint_every_epochs,
                      &options.checkpoint_every_steps,
                      &options.patience})
    every->reset();
  options.max_time = 0;
  options.images_every_epochs = 0;
  // Without a checkpoint there is nothing to roll back to.
  options.nan_policy = NanPolicy::Kind::skip;
  return options;
}

/// A folder of its own for what a recorder writes.
std::string scratch_folder() {
  std::error_code missing;
  const auto folder = std::filesystem::temp_directory_path(missing);
  std::string pattern = (folder / "elbow-bench-XXXXXX").string();
  if (missing || ::mkdtemp(pattern.data()) == nullptr)
    throw IoError(pattern + ": cannot be made", "set TMPDIR to a folder that can be written");
  return pattern;
}

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

Json rate_json(const Rate& rate, const std::string& unit) {
  Json out = {{"unit", unit},
              {"median", rate.median},
              {"lowest", rate.lowest},
              {"highest", rate.highest},
              {"windows", rate.windows}};
  if (rate.processors > 0)
    out.update({{"cpu_seconds", rate.cpu_seconds}, {"processors", rate.processors}});
  return out;
}

}  // namespace

BenchSession::BenchSession(const CommandLine& line, ResolvedConfig config, bool use_stand_in)
    : session_(line, std::move(config), use_stand_in), use_stand_in_(use_stand_in) {}

void BenchSession::build(std::int64_t steps) {
  session_.build();
  session_.choose_thread_count();
  RunRecorder::Options options;
  options.show_progress = false;
  options.is_quiet = options.is_json = true;
  options.print_record = [this](const Json& record) { records_.push_back(record); };
  const std::string folder = scratch_folder();
  recorder_ = std::make_unique<RunRecorder>(RunDirectory(folder), options, -1, /*first_step=*/1);
  Trainer::Hooks hooks;
  hooks.facts = session_.experiment().dataset->facts();
  const Experiment& experiment = session_.experiment();
  trainer_ = std::make_unique<Trainer>(uninterrupted(session_.options(), steps),
                                       *experiment.inference,
                                       *experiment.dataset,
                                       *recorder_,
                                       hooks);
  // Its files are open: whatever ends this process, nothing of them stays.
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

double BenchSession::advance(std::int64_t steps) {
  try {
    return static_cast<double>(trainer_->advance(steps));
  } catch (const IoError&) {
    // The only thing that a step writes into the folder, which is gone: that it was not finite.
    throw NumericalError("bound or gradient not finite: such steps are not timed",
                         "elbow train says what was not finite");
  }
}

double BenchSession::examples_of_a_step() const {
  return static_cast<double>(
      std::min(session_.options().batch_size, session_.experiment().dataset->size("train")));
}

at::ScalarType BenchSession::dtype() const { return dtype_of(ConfigNode(session_.config().value)); }

Json BenchSession::facts() const {
  const Json& config = session_.config().value;
  const Json& data = config.at("data");
  const Json& shown = use_stand_in_ ? data.at("stand_in") : data;
  return {{"data", shown.value("path", Json()).is_string() ? shown.at("path") : shown.at("type")},
          {"stand_in", use_stand_in_},
          {"batch_size", session_.options().batch_size},
          {"parameters", session_.experiment().inference->num_parameters()},
          {"dtype", config.at("dtype")},
          {"device", config.at("device")},
          {"engine", session_.experiment().inference->engine().name},
          {"instruction_set", at::get_cpu_capability()},
          {"threads", at::get_num_threads()}};
}

Json BenchSession::run(const BenchJob& job, const BenchOptions& options) {
  Json report = facts();
  if (job.kind == BenchJob::Kind::whole)
    report.update(run_whole(job.count));
  else if (options.steps > 0)
    report.update(take_steps(job, options.steps));
  else if (job.kind == BenchJob::Kind::importance)
    report.update(time_importance(job.count, options));
  else if (job.kind == BenchJob::Kind::passes)
    report.update(time_passes(job.count, options));
  else
    report.update(time_steps(options));
  report["peak_mib"] = peak_mib();
  return report;
}

Json BenchSession::time_steps(const BenchOptions& options) {
  const Rate rate =
      measure_rate(options.rate, [this](std::int64_t times) { return advance(times); });
  Json report = rate_json(rate, "steps/s");
  report["examples_per_second"] = rate.median * examples_of_a_step();
  add_work(count_matrix_work([this] { advance(1); }), 1, options, report);
  return report;
}

Json BenchSession::time_passes(std::int64_t passes, const BenchOptions& options) {
  Inference& inference = *session_.experiment().inference;
  const InferenceState start = inference.state();
  const Rate rate = measure_rate(options.rate, [&](std::int64_t times) {
    double done = 0;
    for (std::int64_t i = 0; i < times; ++i) {
      inference.load(start, "the start of a repeat");
      done += advance(passes);
    }
    return done;
  });
  Json report = rate_json(rate, "steps/s");
  report["examples_per_second"] = rate.median * examples_of_a_step();
  return report;
}

double BenchSession::importance_nll(std::int64_t images, std::int64_t particles) {
  const Experiment& experiment = session_.experiment();
  ImportanceOptions options;
  options.particles = particles;
  options.seed = session_.options().seed;
  const auto estimates = importance_estimates(*experiment.modules.model,
                                              *experiment.modules.guide,
                                              *experiment.dataset,
                                              "test",
                                              row_range(0, images),
                                              options);
  double sum = 0;
  for (const auto& estimate : estimates) sum -= estimate.log_evidence;
  return sum / static_cast<double>(images);
}

Json BenchSession::time_importance(std::int64_t particles, const BenchOptions& options) {
  // As many as fill a tile of every thread.
  const std::int64_t images = 16 * at::get_num_threads();
  const double samples = static_cast<double>(images * particles);
  const Rate rate = measure_rate(options.rate, [&](std::int64_t times) {
    for (std::int64_t i = 0; i < times; ++i) importance_nll(images, particles);
    return static_cast<double>(times) * samples;
  });
  Json report = rate_json(rate, "samples/s");
  report["particles"] = particles;
  add_work(count_matrix_work([&] { importance_nll(images, particles); }), samples, options, report);
  return report;
}

Json BenchSession::last_quarter(std::int64_t steps) const {
  const std::string name = "objective";  // of IWAE another bound than `elbo`
  double sum = 0, count = 0, before = 0;
  for (const Json& record : records_) {
    // A record is the mean over the steps since the one before it.
    const double at = record.at("step").get<double>(), weight = at - before;
    before = at;
    if (at <= 0.75 * static_cast<double>(steps) || !record.value(name, Json()).is_number())
      continue;
    sum += weight * record.at(name).get<double>();
    count += weight;
  }
  return {{"name", name}, {"value", count > 0 ? Json(sum / count) : Json()}, {"steps", steps}};
}

Json BenchSession::take_steps(const BenchJob& job, std::int64_t steps) {
  const auto begin = SteadyClock::now();
  // In eighths: an eighth ends with a record.
  for (std::int64_t done = 0; done < steps;) {
    const std::int64_t part = std::min(std::max<std::int64_t>(1, steps / 8), steps - done);
    const auto taken = static_cast<std::int64_t>(advance(part));
    if (taken == 0) break;
    done += taken;
  }
  const double seconds = seconds_between(begin, SteadyClock::now());
  Json report = rate_json(Rate::of({static_cast<double>(steps) / seconds}), "steps/s");
  report["seconds"] = seconds;
  report["quality"] = last_quarter(steps);
  if (job.kind == BenchJob::Kind::importance)
    report["quality"] = {
        {"name", "nll"}, {"value", importance_nll(64, job.count)}, {"steps", steps}};
  return report;
}

Json BenchSession::run_whole(std::int64_t epochs) {
  const Experiment& experiment = session_.experiment();
  const std::int64_t examples = experiment.dataset->size("train"),
                     batch = session_.options().batch_size,
                     steps = epochs * ((examples + batch - 1) / batch);
  const auto begin = SteadyClock::now();
  advance(steps);
  const double trained = seconds_between(begin, SteadyClock::now());
  const Json test =
      evaluate_split(*experiment.inference, *experiment.dataset, "test", session_.options().seed);
  const double seconds = seconds_between(begin, SteadyClock::now());
  const std::string metric = experiment.inference->metrics().front().name;
  return {{"unit", "s"},
          {"median", seconds},
          {"lowest", seconds},
          {"highest", seconds},
          {"windows", {seconds}},
          {"seconds_of_training", trained},
          {"quality", {{"name", metric}, {"value", test.at(metric)}, {"steps", steps}}}};
}

double BenchSession::optimizer_bytes() const {
  const Inference& inference = *session_.experiment().inference;
  if (!inference.engine().is_option) return 0;  // nothing is differentiated
  double state = 0;
  for (const auto& [name, tensor] : inference.state().optimizer)
    state += static_cast<double>(tensor.nbytes());
  // Parameters are read and written, gradients read, moments read and written.
  return 3.0 * static_cast<double>(inference.num_parameters()) *
             static_cast<double>(c10::elementSize(dtype())) +
         2.0 * state;
}

double BenchSession::kernel_flops() const {
  const Json& model = session_.config().value.at("model");
  if (model.value("type", "") != "mixture" ||
      model.at("component").value("type", "") != "normal_full")
    return 0;
  double d = 1;
  for (const auto size : session_.experiment().dataset->event_shape())
    d *= static_cast<double>(size);
  // For each row and component the triangle of U and the squares, then the triangle of x x^T, x and
  // 1, as multiply-adds.
  return 2.0 * static_cast<double>(session_.options().batch_size) *
         model.at("num_components").get<double>() * (d * (d + 1) + 2 * d + 1);
}

void BenchSession::add_work(const MatrixWork& work,
                            double units,
                            const BenchOptions& options,
                            Json& report) const {
  MatrixWork measured = work;
  double flops = kernel_flops();
  if (flops > 0)
    measured = {{ProductShape{1, 1024, 1024, 1024}, 1}};
  else
    flops = flops_of(work) / units;
  if (flops == 0) return;  // no product, and elementwise work is not counted
  const double budget = std::min(1.0, 0.2 * options.rate.seconds);
  const double rate = flops_of(measured) / seconds_of_products(measured, dtype(), budget);
  const double bytes = units == 1 ? optimizer_bytes() : 0;
  double limit_seconds = flops / rate;
  Json ceiling = {{"gflops", 1e-9 * rate}};
  if (bytes > 0) {
    // Over as much memory as the update touches: small models stay in a cache.
    const double stream = stream_rate(bytes, 0.3 * budget);
    ceiling["gb_per_second"] = 1e-9 * stream;
    report["optimizer_bytes"] = bytes;
    limit_seconds += bytes / stream;
  }
  report["flops"] = flops;
  report["gflops"] = 1e-9 * flops * report.at("median").get<double>();
  report["ceiling"] = std::move(ceiling);
  report["limit"] = 1.0 / limit_seconds;
  report["share"] = report.at("median").get<double>() * limit_seconds;
}

}  // namespace elbow::cli
