#include "elbow/evaluate/diagnosis.h"

#include <optional>

#include "elbow/core/error.h"
#include "elbow/core/timing.h"

namespace elbow {
namespace {

void refuse_without_guide(const TrainedRun& run) {
  const std::string name = run.directory.path();
  if (run.modules.is_conjugate())
    throw UsageError(name +
                         ": the model is fitted in closed form: no gradients and no encoder to "
                         "diagnose",
                     "elbow eval says how well it fits");
  if (run.modules.model->density())
    throw UsageError(name +
                         ": the model is fitted by its exact likelihood: no latents, no "
                         "estimator and no noise to diagnose",
                     "elbow eval says how well it fits");
}

}  // namespace

std::string without_posteriors(const TrainedRun& run) {
  return run.modules.model->response_model() != nullptr
             ? "a model of a response has weights that all examples share, and no posterior of "
               "each "
               "example"
             : "";
}

Diagnosis diagnose_run(TrainedRun& run, const DiagnosisOptions& options) {
  const auto begin = SteadyClock::now();
  refuse_without_guide(run);
  const std::string why_not = without_posteriors(run);
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
