#include <ATen/Context.h>
#include <malloc.h>

#include <cstdio>
#include <cstring>

#include "cli/common/run_main.h"
#include "cli/common/schema_source.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/signals.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/memory_guard.h"

namespace elbow::cli {

namespace {

/// Whether the verb has something to save when a signal comes. An early look: the parser runs after
/// the handlers stand.
bool saves_state(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (const Verb* verb = find_verb(argv[i]))
      return verb->name == "train" || verb->name == "resume";
  return false;
}

int write_schema_source(const std::string& path) {
  io::write_file(path, schema_source(full_schema()), /*durable=*/false);
  return kDone;
}

}  // namespace

int trainer_main(int argc, char** argv) {
  signals::install(saves_state(argc, argv));
  // Temporaries of 128 KB and more would otherwise be mapped, faulted in and unmapped at every
  // step.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  // Acts on this thread and on workers that it starts later: so before the first parallel region.
  at::globalContext().setFlushDenormal(true);
  guard_memory();
  if (argc == 3 && std::strcmp(argv[1], "--write-schema-source") == 0) {
    try {
      return write_schema_source(argv[2]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "error: %s\n", error.what());
      return kInternalError;
    }
  }
  return run_main(argc, argv, run_trainer_verb);
}

}  // namespace elbow::cli
