#include "cli/common/exit_codes.h"

#include "elbow/foundations/core/error.h"

namespace elbow::cli {

const std::vector<ExitCodeRow>& exit_code_table() {
  static const std::vector<ExitCodeRow> table{
      {kDone,
       "done",
       "work done, early stopping; the reader of standard output went away",
       "status completed"},
      {kInternalError,
       "internal error",
       "a defect of the program; the message says how to report it",
       "earlier checkpoints are intact"},
      {kUserError,
       "user error",
       "command line, configuration, data; a missing, unreadable or damaged input; a locked run; "
       "not enough memory; no LibTorch for a verb that computes",
       "nothing was written; the message names the remedy"},
      {kIoFailure,
       "input or output failed",
       "disk full, quota, read-only, a failing device; standard output could not be written",
       "earlier checkpoints are intact; the message names path, bytes needed and bytes free"},
      {kStopped,
       "stopped after saving",
       "first SIGINT, SIGTERM, SIGUSR1 or SIGHUP; --max-time reached",
       "a checkpoint of the finished step; go on with elbow resume RUN"},
      {kNumericalFailure,
       "numerical failure",
       "the NaN policy gave up",
       "the last finite checkpoint and nan_report.json"},
      {kInterrupted,
       "stopped at once",
       "second SIGINT; the first one in a verb that has nothing to save",
       "the last checkpoint is untouched"},
  };
  return table;
}

std::string exit_codes_text() {
  std::string out;
  for (const auto& row : exit_code_table()) {
    const std::string code = std::to_string(row.code);
    out += std::string(3 - code.size(), ' ') + code + "  " + row.meaning + "\n";
    out += "       when:  " + row.causes + "\n";
    out += "       left:  " + row.left_behind + "\n";
  }
  return out;
}

std::string exit_codes_markdown() {
  std::string out = "| exit | meaning | when | what is left |\n|---|---|---|---|\n";
  for (const auto& row : exit_code_table()) {
    out += "| " + std::to_string(row.code) + " | " + row.meaning + " | " + row.causes + " | " +
           row.left_behind + " |\n";
  }
  return out;
}

}  // namespace elbow::cli
