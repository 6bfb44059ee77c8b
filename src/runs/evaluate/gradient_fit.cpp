#include "gradient_fit.h"

#include "elbow/foundations/core/shape.h"
#include "elbow/inference/methods/build_gradient_vi.h"
#include "elbow/runs/evaluate/likelihood_traits_of.h"
#include "elbow/runs/evaluate/trained_run.h"
#include "fits.h"
#include "gradient_verdict.h"

namespace elbow {

std::vector<Finding> GradientFit::judge(const EndOfTraining& training) {
  const auto convergence = training.inference.convergence();
  if (const std::string ending = training.inference.ending(); !ending.empty()) {
    if (training.inference.has_converged()) return {};
    return {
        {"not_converged",
         "the steps ended before the fit had settled: " + ending,
         "more steps: elbow resume RUN inference.max_steps=N; or a larger inference.tolerance"}};
  }
  if (convergence && !convergence->has_settled)
    return {{"not_converged",
             "the steps ended before a mode was reached, so that the guide is not the fit's",
             "more steps: elbow resume RUN inference.max_steps=N",
             /*is_failure=*/true}};
  return judge_gradient_fit(training, modules_, has_posteriors());
}

ImportanceOptions GradientFit::with_relaxed_objective(ImportanceOptions options,
                                                      const TrainedRun& run,
                                                      const Dataset& dataset) const {
  if (guide().relaxed_values() == RelaxedValues::none) return options;
  const ObjectivePtr objective = build_objective(run.node(), dataset);
  objective->advance(run.clock);
  options.relaxed_objective = objective;
  return options;
}

FittedModelPtr gradient_fit(const Modules& modules) {
  GenerativeModel& model = *modules.model;
  if (model.response_model() != nullptr) return response_fit(modules);
  if (model.target() != nullptr) return target_fit(modules);
  if (model.density() != nullptr) return density_fit(modules);
  if (model.decoder() != nullptr) return latent_fit(modules);
  if (!model.sites().empty() && !has_global_site(model.sites())) return sites_fit(modules);
  return std::make_shared<GradientFit>(modules);
}

std::int64_t GradientFit::dimensions_of(const TrainedRun& run) {
  if (run.has_gaps()) return 0;
  const auto* traits = likelihood_traits_of(run.node());
  return traits != nullptr && traits->is_discrete ? num_elements(run.event_shape) : 0;
}

}  // namespace elbow
