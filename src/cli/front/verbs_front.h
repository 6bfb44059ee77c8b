#pragma once

#include "cli/common/command_line.h"
#include "elbow/foundations/config/schema.h"

namespace elbow::cli {

/// The schema that the build wrote from the trainer's factories.
const Schema& embedded_schema();

// One function for each verb that needs no LibTorch; each returns an exit code.
int run_help(const CommandLine& line);
int run_list(const CommandLine& line);
int run_describe(const CommandLine& line);
int run_schema(const CommandLine& line);
/// @return whether the trainer can say more: it runs a program's data through the program
bool run_validate(const CommandLine& line);
int run_init(const CommandLine& line);
int run_runs(const CommandLine& line);
int run_info(const CommandLine& line);
int run_data(const CommandLine& line);
int run_report(const CommandLine& line);
int run_completion(const CommandLine& line);

/// Prints what can be said without LibTorch; the trainer adds its half.
/// @param trainer path of the trainer, empty when it is missing
/// @return whether it can say more: it is there, and its LibTorch
bool print_doctor(const CommandLine& line, const std::string& trainer);

/// Everything about train, resume, eval, sample, reconstruct, traverse, encode and export that can
/// be wrong and can be seen without LibTorch. @throws ConfigError, UsageError, DataError
void check_before_trainer(const CommandLine& line);
/// `elbow bench` without a job.
int print_bench_jobs(const CommandLine& line);
/// The answer to --dry-run of the verbs that read a run: what would be written.
int print_dry_run(const CommandLine& line);

}  // namespace elbow::cli
