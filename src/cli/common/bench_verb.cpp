#include "cli/common/bench_jobs.h"
#include "cli/common/flag_table.h"
#include "cli/common/verb_table.h"

namespace elbow::cli {
namespace {

/// The jobs, a line each, then how to read what is printed.
std::string bench_details() {
  std::string out =
      "JOB is one of these, a group of them (F1, F2), or all; without one they are listed.\n\n";
  for (const auto& job : bench_jobs())
    out.append("  ").append(job.name).append(14 - job.name.size(), ' ').append(job.summary + "\n");
  return out +
         "\nReal training steps are timed, by the code of `train`, without validation and "
         "checkpoints; nothing "
         "is written but what --save-initial asks for.\nMedian, lowest and highest are of the "
         "windows of one process: processes "
         "differ by more "
         "(benchmarks/README.md).\nWork is counted in what LibTorch is asked for, so for any "
         "configuration; its "
         "ceiling, products of the same sizes\nand a stream over as much memory, is measured in "
         "the same run on "
         "as many threads. Jobs whose data is not found\nare timed on synthetic data of the same "
         "size, and say "
         "so.\n\n"
         "  elbow bench V1\n"
         "  elbow bench F1 --threads 1 --json\n"
         "  elbow bench mine.yaml trainer.batch_size=512 --seconds 20s";
}

}  // namespace

Verb bench_verb() {
  Verb verb{"bench",
            "[JOB|CONFIG] [KEY=VALUE ...]",
            "speed on this machine, and the share of what the machine reaches"};
  verb.flags = {
      valued("seconds", FlagType::duration, "TIME", "what is timed of each job (default 5s)"),
      integer("steps",
              "N",
              1,
              "N steps from the start instead, with their bound over the last quarter"),
      valued(
          "save-initial",
          FlagType::path,
          "FILE",
          "also write the parameters before the first step (.safetensors), for another program to "
          "begin with"),
      toggle("stand-in", "time the configuration's synthetic stand-in instead of its data"),
  };
  verb.subject = Subject::bench_job;
  verb.takes_overrides = true;
  verb.details = bench_details();
  return verb;
}

}  // namespace elbow::cli
