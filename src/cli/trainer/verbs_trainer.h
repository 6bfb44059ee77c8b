#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/common/command_line.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow::cli {

/// The whole program: sets the process up, parses, runs the verb, reports a failure.
/// @return the exit code
int trainer_main(int argc, char** argv);

/// Of the verb that the line names. @throws UsageError for one that the front end answers
int run_trainer_verb(const CommandLine& line);

int verb_train(const CommandLine& line);
int verb_resume(const CommandLine& line);
int verb_eval(const CommandLine& line);
int verb_sample(const CommandLine& line);
int verb_reconstruct(const CommandLine& line);
int verb_traverse(const CommandLine& line);
int verb_encode(const CommandLine& line);
int verb_predict(const CommandLine& line);
int verb_impute(const CommandLine& line);
int verb_summary(const CommandLine& line);
int verb_compare(const CommandLine& line);
int verb_diagnose(const CommandLine& line);
int verb_export(const CommandLine& line);
int verb_bench(const CommandLine& line);
int verb_doctor(const CommandLine& line);
int verb_validate(const CommandLine& line);
int verb_describe(const CommandLine& line);

/// Opens the run that the command names with its --checkpoint, --weights, --device, --threads and
/// --seed. Chooses the device before anything else touches LibTorch.
/// @param device where to compute whatever the line says
TrainedRun open_run(const CommandLine& line, std::optional<at::Device> device = std::nullopt);

/// --threads, or the number that the configuration names; auto: every processor.
void set_threads(const CommandLine& line, const ConfigNode& config);

/// The words as a shell takes them again: `elbow train 'a b.yaml'`.
std::string quoted_command(const CommandLine& line);

}  // namespace elbow::cli
