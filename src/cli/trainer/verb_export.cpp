#include <cstdio>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/export/export_run.h"

namespace elbow::cli {

int verb_export(const CommandLine& line) {
  // Constants of a traced module keep their device: made on the CPU, it can be loaded on any.
  TrainedRun run = open_run(line, at::kCPU);
  exportable_of(run);
  const std::string folder = line.text("output", run.directory.export_directory());
  if (line.has("dry-run")) {
    print("would export " + run.checkpoint + " into " + folder + "; nothing was written\n");
    return 0;
  }
  const ExportResult result = export_run(run, folder);
  if (line.has("json")) {
    print_event("exported",
                {{"files", result.files}, {"largest_difference", result.largest_difference}});
    return 0;
  }
  std::string text;
  for (const auto& file : result.files) text += file + "\n";
  char line_text[120];
  std::snprintf(line_text,
                sizeof line_text,
                "largest difference from the model at batch 1, 2, 7, 257: %.1e\n",
                result.largest_difference);
  print(text + line_text);
  return 0;
}

}  // namespace elbow::cli
