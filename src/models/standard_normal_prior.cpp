#include "elbow/models/standard_normal_prior.h"

#include <ATen/ops/zeros.h>

#include "elbow/distributions/normal.h"

namespace elbow {

StandardNormalPrior::StandardNormalPrior(std::int64_t latent_size) {
  loc_ = register_buffer("loc", at::zeros({latent_size}));
}

ComponentInfo StandardNormalPrior::info() {
  ComponentInfo info;
  info.name = "standard_normal";
  info.summary = "Normal with mean 0 and unit covariance";
  info.paper =
      "Kingma, Welling, \"Auto-Encoding Variational Bayes\", 2014, arXiv:1312.6114, section 3";
  info.properties = {{"support", "real"}, {"is_fixed", true}, {"has_units", true}};
  return info;
}

DistributionPtr StandardNormalPrior::distribution() { return DiagNormal::standard(loc_); }

}  // namespace elbow
