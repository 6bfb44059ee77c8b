#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "cli/common/output.h"
#include "cli/trainer/bench_session.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/io/version.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/tensor_io.h"

namespace elbow::cli {
namespace {

BenchOptions options_of(const CommandLine& line) {
  BenchOptions out;
  out.rate.seconds = line.seconds("seconds", out.rate.seconds);
  out.steps = line.integer("steps", 0, 1);
  return out;
}

/// Whether somebody asked for other data than the job's.
bool has_own_data(const CommandLine& line) {
  const auto overrides = line.overrides();
  return std::any_of(overrides.begin(), overrides.end(), [](const std::string& word) {
    return word.find_first_not_of("+~") == word.find("data.");
  });
}

/// @param file the configuration's, where the job is one that the user brings
Json measure(const CommandLine& line, const BenchJob& job, const std::string& file) {
  if (job.kind == BenchJob::Kind::machine) return measure_machine(line);
  const auto overrides = line.overrides_with_flags();
  const auto load = [&] {
    ResolvedConfig config =
        file.empty()
            ? load_config_text(job.config, "elbow bench " + job.name, overrides, full_schema())
            : load_config(file, overrides, full_schema());
    // A fit in closed form that has settled would end before it is timed.
    Json& inference = config.value["inference"];
    if (inference.contains("tolerance")) inference["tolerance"] = 0;
    return config;
  };
  const auto session_on = [&](bool use_stand_in) {
    auto session = std::make_unique<BenchSession>(line, load(), use_stand_in);
    session->build(options_of(line).steps);
    return session;
  };
  std::unique_ptr<BenchSession> session;
  const auto begin = SteadyClock::now();
  try {
    session = session_on(line.has("stand-in"));
  } catch (const DataError& error) {
    // A job of ours is there to be timed: data of the same size will do.
    const bool has_stand_in = job.config.find("stand_in:") != std::string::npos;
    if (!file.empty() || !has_stand_in || line.has("stand-in") || has_own_data(line)) throw;
    log::warning(std::string(error.what()) + "; timed on synthetic data of the same size");
    session = session_on(/*use_stand_in=*/true);
  }
  if (line.has("save-initial"))
    io::write_file(line.text("save-initial"),
                   encode_tensors(session->tensors(), /*require_finite=*/true));
  Json report = session->run(job, options_of(line));
  report["seconds_in_all"] = seconds_between(begin, SteadyClock::now());
  return report;
}

void show(const CommandLine& line, const BenchJob& job, const Json& measured, bool is_first) {
  Json report = {{"job", job.name}, {"elbow", io::kElbowVersion}};
  if (!job.summary.empty()) report["summary"] = job.summary;
  if (!line.overrides().empty()) report["overrides"] = line.overrides();
  report.update(measured);
  if (line.has("json"))
    print_event("benchmark", report);
  else
    print((is_first ? "" : "\n") + bench_text(report));
  std::fflush(stdout);
}

}  // namespace

int verb_bench(const CommandLine& line) {
  const std::string& asked = line.positional.at(0);
  auto jobs = looks_like_bench_job(asked) ? find_bench_jobs(asked) : std::vector<const BenchJob*>{};
  if (jobs.empty()) {
    BenchJob job;
    job.name = asked;
    show(line, job, measure(line, job, asked), /*is_first=*/true);
    return kDone;
  }
  for (const BenchJob* job : jobs)
    show(line, *job, measure(line, *job, ""), /*is_first=*/job == jobs.front());
  return kDone;
}

}  // namespace elbow::cli
