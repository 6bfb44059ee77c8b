#include "elbow/runs/evaluate/diagnosis.h"

#include <optional>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/runs/evaluate/diagnosable.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/run_capabilities.h"

namespace elbow {

std::string without_posteriors(const TrainedRun& run) {
  const Diagnosable* found = run.fitted->diagnosable();
  return found != nullptr ? found->without_posteriors() : "";
}

Diagnosis diagnose_run(TrainedRun& run, const DiagnosisOptions& options) {
  const auto begin = SteadyClock::now();
  const std::string why_not = diagnosable_of(run).without_posteriors();
  if (options.wants_posterior && !options.wants_gradients && !why_not.empty())
    throw UsageError(run.directory.path() + ": " + why_not, "leave --only out");
  const auto dataset = run.load_data();
  Diagnosis out;
  out.summary = {{"run", run.directory.path()},
                 {"checkpoint", run.checkpoint},
                 {"weights", run.weights},
                 {"seed", run.seed}};
  if (run.uses_stand_in) out.summary["stand_in"] = true;
  if (run.failed_at >= 0) out.summary["training_failed_at_step"] = run.failed_at;
  // Mistakes in what is asked of the gradients come before the long work.
  std::optional<GradientStudy> gradients;
  if (options.wants_gradients) gradients.emplace(run, *dataset, options.gradients);
  if (options.wants_posterior && why_not.empty()) {
    const PosteriorStudy study = study_posterior(run, *dataset, options.posterior);
    out.summary["posterior"] = study.summary;
    out.per_example_csv = per_example_csv(study.evaluation);
  } else if (options.wants_posterior) {
    out.summary["left_out"] = {{"posterior", why_not}};
  }
  if (gradients) out.summary["gradients"] = gradients->draw();
  out.summary["seconds"] = seconds_between(begin, SteadyClock::now());
  return out;
}

}  // namespace elbow
