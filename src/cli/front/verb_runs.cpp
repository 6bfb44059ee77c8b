#include <cmath>
#include <cstdio>
#include <filesystem>

#include "cli/common/output.h"
#include "cli/common/output_target.h"
#include "cli/front/verbs_front.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/report.h"
#include "elbow/foundations/observe/run_directory.h"

namespace elbow::cli {
namespace {

std::string value_text(bool is_known, double value) {
  if (!is_known) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

Json value_json(bool is_known, double value) {
  return is_known && std::isfinite(value) ? Json(value) : Json(nullptr);
}

}  // namespace

int run_runs(const CommandLine& line) {
  const std::string folder = line.positional.empty() ? "runs" : line.positional[0];
  const bool is_there = std::filesystem::is_directory(folder);
  if (!is_there && !line.positional.empty()) {
    throw UsageError(folder + ": no such folder", "elbow runs lists the folder runs/");
  }
  const auto runs = is_there ? list_runs(folder) : std::vector<RunSummary>{};
  std::vector<std::vector<std::string>> rows{
      {"run", "status", "step", "metric", "last", "best", "verdict"}};
  for (const auto& run : runs) {
    rows.push_back({run.path,
                    run.status,
                    std::to_string(run.step),
                    run.metric,
                    value_text(run.has_last, run.last),
                    value_text(run.has_best, run.best) +
                        (run.best_metric.empty() ? "" : " (" + run.best_metric + ")"),
                    run.verdict.empty() ? "-" : run.verdict});
    if (!line.has("json")) continue;
    print_event(
        "run",
        {{"path", run.path},
         {"name", run.name},
         {"status", run.status},
         {"step", run.step},
         {"metric", run.metric},
         {"last", value_json(run.has_last, run.last)},
         {"best", value_json(run.has_best, run.best)},
         {"best_metric", run.best_metric.empty() ? Json(run.metric) : Json(run.best_metric)},
         {"verdict", run.verdict.empty() ? Json(nullptr) : Json(run.verdict)}});
  }
  if (runs.empty() && !line.has("quiet")) std::fprintf(stderr, "no runs in %s\n", folder.c_str());
  if (!line.has("json") && !runs.empty()) print(text_table(rows, /*right_from=*/2));
  return 0;
}

int run_report(const CommandLine& line) {
  const RunDirectory run = RunDirectory::open(line.positional[0]);
  check_outputs(line);
  const std::string file = line.text("output", run.report());
  const std::string svg = ".svg";
  const bool is_curve =
      file.size() > svg.size() && file.compare(file.size() - svg.size(), svg.size(), svg) == 0;
  const std::string text = is_curve ? render_metric_curve(run.path()) : render_report(run.path());
  const bool is_dry = line.has("dry-run");
  if (!is_dry) io::write_file(file, text, /*durable=*/false);
  if (line.has("json")) {
    print_event(is_dry ? "dry_run" : "report", {{"file", file}, {"bytes", text.size()}});
  } else {
    print(is_dry ? "would write " + file + " (" + std::to_string(text.size()) +
                       " bytes); nothing was written\n"
                 : file + "\n");
  }
  return 0;
}

}  // namespace elbow::cli
