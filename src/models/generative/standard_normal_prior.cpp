#include "elbow/models/generative/standard_normal_prior.h"

#include <ATen/ops/zeros.h>

#include "elbow/probability/distributions/normal.h"

namespace elbow {

StandardNormalPrior::StandardNormalPrior(std::int64_t latent_size) {
  loc_ = register_buffer("loc", at::zeros({latent_size}));
}

PriorPtr StandardNormalPrior::create(const ConfigNode& /*node*/, const BuildContext& context) {
  return std::make_shared<StandardNormalPrior>(context.event_size());
}

ComponentInfo StandardNormalPrior::info() {
  PriorTraits traits;
  traits.is_fixed = true;
  traits.has_units = true;
  return ComponentInfo::of("standard_normal", "Normal with mean 0 and unit covariance")
      .source(
          "Kingma, Welling, \"Auto-Encoding Variational Bayes\", 2014, arXiv:1312.6114, section 3")
      .with(traits);
}

DistributionPtr StandardNormalPrior::distribution() { return DiagNormal::standard(loc_); }

}  // namespace elbow
