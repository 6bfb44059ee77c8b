#include "cli/common/evaluation_name.h"
#include "cli/common/output.h"
#include "cli/trainer/evaluation_table.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/report.h"
#include "elbow/runs/evaluate/evaluation.h"

namespace elbow::cli {

int verb_eval(const CommandLine& line) {
  TrainedRun run = open_run(line);
  EvaluationOptions options;
  options.split = line.text("split", "test");
  options.input = line.text("input");
  options.limit = line.integer("limit", 0, 1);
  options.importance.particles = line.integer("particles", kEvaluationParticles, 1);
  options.importance.seed = run.seed;
  options.importance.tiles_in_flight = line.integer("chunk", 0, 1);
  options.importance.batch_size = line.integer("batch-size", options.importance.batch_size, 1);
  RefinementOptions& refinement = options.importance.refinement;
  refinement.steps = line.integer("refine-steps", 0, 0);
  refinement.learning_rate = line.number("refine-rate", refinement.learning_rate);
  refinement.seed = run.seed;
  const std::string path = run.directory.eval(
      evaluation_name(line, run.config.value, io::CheckpointStore(run.directory.checkpoints())));
  if (line.has("dry-run")) {
    print("would evaluate " + run.checkpoint + " and write " + path + "; nothing was written\n");
    return 0;
  }
  const Evaluation evaluation = evaluate_run(run, options);
  io::make_directories(run.directory.path() + "/eval");
  io::write_json(path, evaluation.summary, /*durable=*/true);
  if (line.has("per-example"))
    io::write_file(line.text("per-example"), per_example_csv(evaluation));
  renew_report(run.directory.path());
  if (line.has("json")) {
    print_event("evaluation", evaluation.summary);
  } else {
    print(evaluation_table(evaluation.summary) + path + "\n");
  }
  print_next(line, "elbow report " + run.directory.path());
  return 0;
}

}  // namespace elbow::cli
