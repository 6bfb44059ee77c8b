#include <functional>
#include <map>
#include <string>

#include "cli/common/run_main.h"
#include "cli/front/program_files.h"
#include "cli/front/trainer_process.h"
#include "cli/front/verbs_front.h"
#include "elbow/foundations/observe/signals.h"

namespace elbow::cli {
namespace {

int run_doctor(const CommandLine& line, char** argv) {
  const std::string trainer = find_trainer();
  if (print_doctor(line, trainer)) exec_trainer(argv);
  return 0;
}

/// Of programs, what only an evaluation finds is for the trainer.
int run_both(bool can_say_more, char** argv) {
  if (can_say_more) exec_trainer(argv);
  return 0;
}

int run_in_trainer(const CommandLine& line, char** argv) {
  if (line.verb == "bench" && line.positional.empty()) return print_bench_jobs(line);
  check_before_trainer(line);
  // What training would cost needs the network, and a resume is checked against its checkpoint;
  // what the others would write is known here.
  const bool trains = line.verb == "train" || line.verb == "resume";
  if (line.has("dry-run") && !trains) return print_dry_run(line);
  exec_trainer(argv);
}

int run(const CommandLine& line, char** argv) {
  static const std::map<std::string, int (*)(const CommandLine&)> table{
      {"help", run_help},
      {"list", run_list},
      {"describe", run_describe},
      {"schema", run_schema},
      {"init", run_init},
      {"runs", run_runs},
      {"info", run_info},
      {"data", run_data},
      {"report", run_report},
      {"completion", run_completion},
  };
  if (line.verb == "doctor") return run_doctor(line, argv);
  if (line.verb == "validate") return run_both(run_validate(line), argv);
  if (line.verb == "describe" && describes_with_data(line)) return run_both(true, argv);
  const auto found = table.find(line.verb);
  if (found == table.end()) return run_in_trainer(line, argv);
  signals::install(/*saves_state=*/false);
  return found->second(line);
}

}  // namespace
}  // namespace elbow::cli

int main(int argc, char** argv) {
  return elbow::cli::run_main(argc, argv, [argv](const elbow::cli::CommandLine& line) {
    return elbow::cli::run(line, argv);
  });
}
