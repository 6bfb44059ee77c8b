#include <filesystem>

#include "cli/common/bench_jobs.h"
#include "cli/common/evaluation_name.h"
#include "cli/common/flag_values.h"
#include "cli/common/output.h"
#include "cli/common/output_target.h"
#include "cli/front/program_files.h"
#include "cli/front/verbs_front.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/observe/run_directory.h"

namespace elbow::cli {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void check_input(const CommandLine& line) {
  if (!line.has("input")) return;
  const std::string file = line.text("input");
  if (!exists(file))
    throw DataError(file + ": no such file", "--input takes an IDX, NPY or CSV file");
  if (fs::is_directory(file))
    throw DataError(file + ": expected a file, found a folder",
                    "--input takes an IDX, NPY or CSV file");
}

void check_checkpoint(const CommandLine& line, const RunDirectory& run) {
  const io::CheckpointStore store(run.checkpoints());
  const auto names = store.names();
  if (names.empty()) {
    throw DataError(run.path() + ": has no checkpoint yet",
                    "elbow resume " + run.path() + " trains on and saves one");
  }
  if (!line.has("checkpoint")) return;
  const std::string which = line.text("checkpoint");
  const std::string digits = which.rfind("step-", 0) == 0 ? which.substr(5) : which;
  if (which == "latest") return;
  if (which == "best") {
    if (!store.best())
      throw DataError(run.path() + ": has no best checkpoint", "--checkpoint latest");
    return;
  }
  std::int64_t wanted = -1, step = 0;
  parse_integer(digits, &wanted);
  for (const auto& name : names)
    if (parse_integer(name.substr(std::string("step-").size()), &step) && step == wanted) return;
  throw DataError(run.path() + ": has no checkpoint of step " + digits,
                  "it has " + names.front() + " to " + names.back());
}

void check_stand_in(const CommandLine& line, const ResolvedConfig& config) {
  const Json& data = config.value.at("data");
  if (line.has("stand-in") && (!data.contains("stand_in") || data.at("stand_in").is_null())) {
    throw UsageError(
        line.positional[0] + ": --stand-in needs the key data.stand_in, which is not set",
        "e.g. data.stand_in={type: synthetic_images}");
  }
}

void check_train(const CommandLine& line) {
  // All mistakes of the configuration come at once, before anything slow begins.
  const ResolvedConfig config =
      load_config(line.positional[0], line.overrides(), embedded_schema());
  check_stand_in(line, config);
  check_program(line, config.value);
  if (line.has("output") && !RunDirectory::is_free(line.text("output"))) {
    throw UsageError(
        "--output: '" + line.text("output") + "' exists already; nothing was written",
        "choose another folder, or go on with that run: elbow resume " + line.text("output"));
  }
  check_outputs(line);
  if (line.has("init-from")) RunDirectory::open(line.text("init-from"));
}

void check_resume(const CommandLine& line) {
  const RunDirectory run = RunDirectory::open(line.positional[0]);
  load_config(run.config(), line.overrides(), embedded_schema());
}

/// A flag that would do nothing is refused.
void check_bench_flags(const CommandLine& line, const std::vector<const BenchJob*>& jobs) {
  if (line.has("steps") && line.has("seconds"))
    throw UsageError("bench: --steps and --seconds: how long is said once, by one of them",
                     "leave one out");
  constexpr double kDay = 24 * 3600;
  if (line.seconds("seconds", 0) > kDay)
    throw UsageError("bench: --seconds: expected a day at most, got " + line.text("seconds"),
                     "a few seconds will do");
  const auto refuse = [](const BenchJob& job, const std::string& word, const std::string& why) {
    throw UsageError("bench " + job.name + ": " + word + " would do nothing: " + why,
                     "leave it out");
  };
  for (const BenchJob* job : jobs) {
    if (job->kind == BenchJob::Kind::whole && line.has("steps"))
      refuse(*job, "--steps", "the job is a whole training");
    if (job->kind != BenchJob::Kind::machine || jobs.size() > 1) continue;
    for (const char* flag : {"steps", "seconds", "stand-in"})
      if (line.has(flag))
        refuse(*job, std::string("--") + flag, "the machine is measured without a model");
    if (!line.overrides().empty())
      refuse(*job, line.overrides().front(), "the machine is measured without a model");
  }
}

void check_bench(const CommandLine& line) {
  check_outputs(line);
  const std::string& asked = line.positional[0];
  if (!looks_like_bench_job(asked)) {
    check_bench_flags(line, {});
    return check_stand_in(line, load_config(asked, line.overrides(), embedded_schema()));
  }
  const auto jobs = find_bench_jobs(asked);
  if (jobs.empty()) {
    const std::string near = nearest_word(asked, bench_words());
    throw UsageError("command line: error: bench: unknown job '" + asked + "'" +
                         (near.empty() ? "" : "; did you mean '" + near + "'?"),
                     "elbow bench lists the jobs; a configuration is named with its ending, as in "
                     "mine.yaml");
  }
  if (line.has("save-initial") &&
      (jobs.size() > 1 || jobs.front()->kind == BenchJob::Kind::machine))
    throw UsageError("--save-initial: expected one job that has parameters, got '" + asked + "'",
                     "elbow bench lists the jobs");
  check_bench_flags(line, jobs);
  for (const BenchJob* job : jobs)
    if (job->kind != BenchJob::Kind::machine)
      check_stand_in(
          line,
          load_config_text(
              job->config, "elbow bench " + job->name, line.overrides(), embedded_schema()));
}

/// What a verb writes when all goes well.
std::vector<std::string> outputs(const CommandLine& line) {
  const RunDirectory run = RunDirectory::open(line.positional[0]);
  if (line.verb == "resume") return {run.path()};
  if (line.verb == "export") return {line.text("output", run.export_directory())};
  if (line.verb == "eval") {
    const ResolvedConfig config = load_run_config(run.config(), embedded_schema());
    std::vector<std::string> out{
        run.eval(evaluation_name(line, config.value, io::CheckpointStore(run.checkpoints())))};
    if (line.has("per-example")) out.push_back(line.text("per-example"));
    return out;
  }
  if (line.verb == "diagnose") {
    std::vector<std::string> out{run.diagnosis()};
    if (line.has("per-example")) out.push_back(line.text("per-example"));
    return out;
  }
  if (line.has("output")) return {line.text("output")};
  return {run.images() + "/" + line.verb + ".png"};
}

}  // namespace

void check_before_trainer(const CommandLine& line) {
  if (line.verb == "train") return check_train(line);
  if (line.verb == "resume") return check_resume(line);
  if (line.verb == "bench") return check_bench(line);
  const RunDirectory run = RunDirectory::open(line.positional[0]);
  check_input(line);
  refuse_unused_flags(line, load_run_config(run.config(), embedded_schema()).value);
  check_outputs(line);
  check_checkpoint(line, run);
}

int print_bench_jobs(const CommandLine& line) {
  Json jobs = Json::array();
  std::vector<std::vector<std::string>> rows{{"JOB", "WHAT"}};
  for (const auto& job : bench_jobs()) {
    jobs.push_back({{"name", job.name}, {"summary", job.summary}});
    rows.push_back({job.name, job.summary});
  }
  if (line.has("json"))
    print_event("benchmarks", {{"jobs", jobs}});
  else
    print(text_table(rows));
  print_next(line, "elbow bench V1, elbow bench all, or elbow bench CONFIG");
  return kDone;
}

int print_dry_run(const CommandLine& line) {
  for (const auto& path : outputs(line)) {
    if (line.has("json")) {
      print_event("dry_run", {{"path", path}});
    } else {
      print("would write " + path + "; nothing was written\n");
    }
  }
  return 0;
}

}  // namespace elbow::cli
