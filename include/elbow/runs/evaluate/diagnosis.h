#pragma once

#include <string>

#include "elbow/runs/evaluate/gradient_study.h"
#include "elbow/runs/evaluate/posterior_study.h"

namespace elbow {

struct DiagnosisOptions {
  bool wants_posterior = true, wants_gradients = true;
  PosteriorStudyOptions posterior;
  GradientStudyOptions gradients;
};

struct Diagnosis {
  /// {"run", "checkpoint", "weights", "seed", "posterior": study_posterior, "gradients":
  /// GradientStudy::draw, "seconds"}; a part that does not apply is absent, and "left_out" says
  /// why.
  Json summary;
  std::string per_example_csv;  ///< as of elbow eval; "" without a study of the posterior
};

/// Why the run has no posteriors of its own for each example; "" when it has.
std::string without_posteriors(const TrainedRun& run);

/// What is wrong with a run, if anything: its posteriors and the gradients it is trained by.
/// @throws UsageError when nothing of it applies
Diagnosis diagnose_run(TrainedRun& run, const DiagnosisOptions& options);

}  // namespace elbow
