#include "gradient_fit.h"

#include "fits.h"
#include "gradient_verdict.h"

namespace elbow {

std::vector<Finding> GradientFit::judge(const EndOfTraining& training) {
  return judge_gradient_fit(training, modules_, has_posteriors());
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

}  // namespace elbow
