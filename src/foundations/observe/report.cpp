#include "elbow/foundations/observe/report.h"

#include <filesystem>
#include <functional>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/foundations/observe/run_directory.h"
#include "elbow/foundations/observe/svg_plot.h"
#include "report_parts.h"

namespace elbow {
namespace {

constexpr std::size_t kMaxBytes = 5'000'000, kReserve = 20'000;

/// A file that is missing gives nothing; one that cannot be read gives a line that says so.
std::string when_there(const std::string& path, const std::function<std::string()>& render) {
  if (!std::filesystem::exists(std::filesystem::symlink_status(path))) return "";
  try {
    return render();
  } catch (const Error& failed) {
    const std::string name = std::filesystem::path(path).filename();
    return "<p>" + escape_html(name) + " cannot be shown: " + report::cut(failed.what(), 500) +
           "</p>\n";
  }
}

Json read_when_there(const std::string& path) {
  try {
    return io::is_file(path) ? io::read_json(path) : Json::object();
  } catch (const Error&) {
    return Json::object();
  }
}

std::string head(const std::string& name) {
  // The policy holds the page to what it carries, whatever a string in it might try.
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
         "data:; "
         "style-src 'unsafe-inline'\">\n<title>" +
         name + " \u00b7 elbow</title>\n" + report::style() + "</head>\n<body>\n<h1>" + name +
         "</h1>\n";
}

}  // namespace

std::string render_report(const std::string& run_directory) {
  const RunDirectory run(run_directory);
  if (!io::is_file(run.config()) && !io::is_file(run.run_json()))
    throw DataError(
        run_directory + ": expected a run directory with config.yaml and run.json, found neither",
        "elbow runs lists the runs");
  const Json state = io::is_file(run.run_json()) ? run.read_run_json() : Json::object();
  const Json environment = read_when_there(run.environment());
  std::string name = report::words(state, "name");
  if (name.empty()) name = "run";

  Json draws;
  const std::string posterior = when_there(run.posterior(), [&] {
    draws = io::read_json(run.posterior());
    return report::posterior(draws);
  });
  const std::string before =
      head(report::cut(name, 200)) + report::status(state) +
      report::section("Results", report::evaluations(run.path() + "/eval")) +
      report::section(
          "Curves",
          when_there(run.metrics(), [&] { return report::curves(run.metrics(), state); })) +
      report::section("Posterior", posterior) + report::section("Pairs", report::pairs(draws)) +
      report::section("Posterior predictive checks", report::predictive(draws)) +
      report::section("Diagnosis", when_there(run.diagnosis_json(), [&] {
                        return report::diagnosis(io::read_json(run.diagnosis_json()));
                      }));
  const std::string config = io::is_file(run.config()) ? run.config() : "";
  const std::string after =
      report::section("Events", report::events(state)) +
      report::section("How to reproduce it", report::reproduction(state, environment, config)) +
      report::section(
          "Configuration",
          when_there(run.config(), [&] { return report::configuration(run.config()); })) +
      report::section(
          "Environment",
          when_there(run.environment(), [&] { return report::environment(run.environment()); })) +
      "</body>\n</html>\n";
  const std::size_t used = before.size() + after.size() + kReserve;
  const std::size_t budget = used < kMaxBytes ? kMaxBytes - used : 0;
  return before + report::section("Pictures", report::pictures(run.images(), budget), kMaxBytes) +
         after;
}

void renew_report(const std::string& run_directory) {
  const std::string path = RunDirectory(run_directory).report();
  if (!io::is_file(path)) return;
  try {
    io::write_file(path, render_report(run_directory), /*durable=*/false);
  } catch (const Error& error) {
    log::warning(path + " is older than what it shows: " + error.what());
  }
}

std::string render_metric_curve(const std::string& run_directory) {
  const RunDirectory run(run_directory);
  if (!io::is_file(run.metrics()))
    throw DataError(run_directory + ": expected a run with metrics.jsonl, found none",
                    "elbow runs lists the runs");
  const Json state = io::is_file(run.run_json()) ? run.read_run_json() : Json::object();
  return report::metric_curve(run.metrics(), state);
}

}  // namespace elbow
